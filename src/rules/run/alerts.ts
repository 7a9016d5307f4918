import { cutText } from '../cut.ts';
import { type Label, Labels, NAME } from '../labels.ts';
import { EvaluationFault } from '../promql/fault.ts';
import type { Sample } from '../promql/sample.ts';
import type { AlertRule, Field } from '../rule.ts';
import { expand } from '../template/expand.ts';
import type { TemplateData } from '../template/tree.ts';

/** Resolved alerts stay for so long, so that whoever sends them can tell it more than once. */
export const RESOLVED_KEPT_MS = 15 * 60_000;

export const ALERT_NAME = 'alertname';

export type AlertPhase = 'pending' | 'firing' | 'resolved';

/** Plain values, to be kept over a restart. Times are Unix milliseconds. */
export type Alert = {
  labels: Labels;
  /** In the order of the rule; a text may be empty. */
  annotations: readonly Label[];
  value: number;
  phase: AlertPhase;
  activeAtMs: number;
  firedAtMs: number | null;
  resolvedAtMs: number | null;
  /** Since when only keep_firing_for keeps it. */
  keptSinceMs: number | null;
};

/** The alerts of one rule, by their labels. */
export class Alerts {
  readonly #rule: AlertRule;
  readonly #external: Labels;
  /** The labels of ALERTS and ALERTS_FOR_STATE, by the labels of the alert. */
  readonly #series = new WeakMap<Labels, { phase: AlertPhase; state: Labels; since: Labels }>();
  /** Labels and annotations that were too long, since the start. */
  textsCut = 0;
  readonly #byText = new Map<string, Alert>();
  /** Those of before a restart that were not found since, and until when they stay as they are all the same. */
  #held = new Set<string>();
  #heldUntilMs = Number.NEGATIVE_INFINITY;

  constructor(rule: AlertRule, external: Labels) {
    this.#rule = rule;
    this.#external = external;
  }

  /** Copies: they stay as they are now. */
  list(): Alert[] {
    return Array.from(this.#byText.values(), (alert) => ({ ...alert }));
  }

  /** Those of before a restart or a reload. */
  restore(alerts: Iterable<Alert>): void {
    for (const alert of alerts) this.#byText.set(alert.labels.text, { ...alert });
  }

  /** After a restart there are no samples to look back on: what is not found until then is not gone. */
  holdUntil(timeMs: number): void {
    this.#heldUntilMs = timeMs;
    this.#held = new Set(this.#byText.keys());
  }

  /** After a reload, what the same rule before it holds. */
  holdLike(before: Alerts): void {
    this.#heldUntilMs = before.#heldUntilMs;
    this.#held = new Set(before.#held);
  }

  /** After the clock was set by so much: all times are by the new one. */
  shift(ms: number): void {
    const later = (timeMs: number | null) => (timeMs === null ? null : timeMs + ms);
    for (const alert of this.#byText.values()) {
      alert.activeAtMs += ms;
      alert.firedAtMs = later(alert.firedAtMs);
      alert.resolvedAtMs = later(alert.resolvedAtMs);
      alert.keptSinceMs = later(alert.keptSinceMs);
    }
    this.#heldUntilMs += ms;
  }

  /** One evaluation: moves every alert on. Samples of ALERTS and ALERTS_FOR_STATE. @throws EvaluationFault */
  update(samples: readonly Sample[], timeMs: number, limit: number): Sample[] {
    const found = this.#found(samples, timeMs);
    for (const [text, alert] of found) {
      const known = this.#byText.get(text);
      if (known && known.phase !== 'resolved')
        Object.assign(known, { value: alert.value, annotations: alert.annotations });
      else this.#byText.set(text, alert);
    }
    const active = [...this.#byText.values()].filter((alert) =>
      this.#step(alert, found.has(alert.labels.text), timeMs),
    );
    if (limit > 0 && active.length > limit) {
      this.#byText.clear();
      throw new EvaluationFault(`exceeded limit of ${limit} with ${active.length} alerts`);
    }
    return active.flatMap((alert) => this.#written(alert));
  }

  #found(samples: readonly Sample[], timeMs: number): Map<string, Alert> {
    const found = new Map<string, Alert>();
    for (const sample of samples) {
      const alert = this.#fresh(sample, timeMs);
      if (found.has(alert.labels.text))
        throw new EvaluationFault('vector contains metrics with the same labelset after applying alert labels');
      found.set(alert.labels.text, alert);
    }
    return found;
  }

  #fresh({ labels, value }: Sample, timeMs: number): Alert {
    const { name, labels: own, annotations } = this.#rule;
    const data: TemplateData = {
      labels: (label) => labels.get(label),
      externalLabels: (label) => this.#external.get(label),
      value,
    };
    const text = ({ name: label, template }: Field): Label => [label, this.#cut(expand(template, data))];
    return {
      labels: labels.withoutName().with([...own.map(text), [ALERT_NAME, name]]),
      annotations: annotations.map(text),
      value,
      phase: 'pending',
      activeAtMs: timeMs,
      firedAtMs: null,
      resolvedAtMs: null,
      keptSinceMs: null,
    };
  }

  #cut(text: string): string {
    const kept = cutText(text);
    if (kept !== text) this.textsCut++;
    return kept;
  }

  /** Whether it is pending or firing after this evaluation. */
  #step(alert: Alert, found: boolean, timeMs: number): boolean {
    if (found) {
      alert.keptSinceMs = null;
      this.#held.delete(alert.labels.text);
    } else if (this.#holds(alert, timeMs)) return true;
    else if (!this.#kept(alert, timeMs)) {
      this.#resolve(alert, timeMs);
      return false;
    }
    if (alert.phase === 'pending' && timeMs - alert.activeAtMs >= this.#rule.forMs) {
      alert.phase = 'firing';
      alert.firedAtMs = timeMs;
    } else if (alert.phase === 'firing' && timeMs - alert.activeAtMs < this.#rule.forMs) {
      Object.assign(alert, { phase: 'pending', firedAtMs: null, keptSinceMs: null }); // a reload made `for` longer
    }
    return true;
  }

  #holds({ phase, labels }: Alert, timeMs: number): boolean {
    return phase !== 'resolved' && timeMs < this.#heldUntilMs && this.#held.has(labels.text);
  }

  #kept(alert: Alert, timeMs: number): boolean {
    if (alert.phase !== 'firing' || this.#rule.keepFiringForMs === 0) return false;
    alert.keptSinceMs ??= timeMs;
    return timeMs - alert.keptSinceMs < this.#rule.keepFiringForMs;
  }

  /** A pending one is gone at once. */
  #resolve(alert: Alert, timeMs: number): void {
    const old = alert.resolvedAtMs !== null && timeMs - alert.resolvedAtMs > RESOLVED_KEPT_MS;
    if (alert.phase === 'pending' || old) this.#byText.delete(alert.labels.text);
    if (alert.phase === 'resolved') return;
    alert.phase = 'resolved';
    alert.resolvedAtMs = timeMs;
  }

  #written({ labels, phase, activeAtMs }: Alert): Sample[] {
    let series = this.#series.get(labels);
    if (series?.phase !== phase) {
      series = { phase, state: this.#seriesLabels(labels, phase), since: this.#seriesLabels(labels, null) };
      this.#series.set(labels, series);
    }
    return [
      { labels: series.state, value: 1 },
      { labels: series.since, value: Math.floor(activeAtMs / 1000) },
    ];
  }

  /** As Prometheus does: where a label's text came out empty, the rule's own text stands in the series. */
  #seriesLabels(labels: Labels, phase: AlertPhase | null): Labels {
    const raw = this.#rule.labels.map(({ name, source }): Label => [name, source]);
    const state: Label[] = phase ? [['alertstate', phase]] : [];
    const own: Label[] = [[NAME, phase ? 'ALERTS' : 'ALERTS_FOR_STATE'], [ALERT_NAME, this.#rule.name], ...state];
    return Labels.of([...raw, ...labels.pairs, ...own]);
  }
}
