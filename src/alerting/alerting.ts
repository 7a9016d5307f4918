import type { Config } from '../config/config.ts';
import type { AlertingReading } from '../metrics/alerting.ts';
import type { Family } from '../metrics/metric.ts';
import type { NotificationCounters } from '../metrics/notifications.ts';
import { AlertmanagerSender } from '../outputs/alertmanager.ts';
import type { Log } from '../pools/roster.ts';
import { Labels } from '../rules/labels.ts';
import type { RuleGroup } from '../rules/rule.ts';
import { Rules } from '../rules/run/rules.ts';
import { Store } from '../rules/store/store.ts';
import type { Scrapes } from '../scrape/scrapes.ts';
import type { StateFolder } from '../state/folder.ts';
import { Feed } from './feed.ts';
import { KeptAlerts } from './kept.ts';
import { ownSamples } from './own.ts';
import { phase, waitMs } from './pace.ts';
import { ScrapedFeeds } from './scraped.ts';
import type { Target } from './target.ts';
import { Told } from './told.ts';
import { WallClock } from './wall_clock.ts';

export type AlertingOptions = {
  config: Config;
  groups: readonly RuleGroup[];
  /** Of what /metrics gives now, the families with series of these names; null: all. */
  families: (names: ReadonlySet<string> | null) => Promise<Family[]>;
  scrapes: Pick<Scrapes, 'samples' | 'wantSamples'>;
  state: Pick<StateFolder, 'read' | 'write' | 'refuse'>;
  log: Log & { error(message: string): void };
};

/** Series, and bytes of their samples and labels. */
export const SERIES_MAX = 20_000;
export const STORE_BYTES_MAX = 64 * 2 ** 20;
/** Of one rule, in one evaluation. */
export const SAMPLES_MAX = 2_000_000;
const SETTLE_SECONDS = 30;
/** Not sought in the scrapes of pools. */
const OURS = /^(pooldrift_.*|ALERTS(_FOR_STATE)?|up)$/;
export const JOB = 'pooldrift';

/** The rules in the daemon: fed, evaluated and told to Alertmanager each interval, by a timer of its own. */
export class Alerting {
  readonly #options: AlertingOptions;
  readonly #intervalMs: number;
  readonly #store: Store;
  readonly #rules: Rules;
  readonly #own: Feed;
  readonly #scraped: ScrapedFeeds;
  readonly #clock: WallClock;
  readonly #kept: KeptAlerts;
  readonly #told: Told;
  readonly #phase = phase(Math.random());
  #config: Config;
  #target: Target;
  #sender: AlertmanagerSender | null = null;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | null = null;
  #textsCut = 0;
  #samplesTaken = 0;
  #evaluatedMs: number | null = null;
  #lastSeconds: number | null = null;
  #fault: string | null = null;

  private constructor(options: AlertingOptions) {
    const { config } = options;
    this.#options = options;
    this.#config = config;
    this.#intervalMs = config.intervalSeconds * 1000;
    this.#store = new Store({ seriesMax: SERIES_MAX, bytesMax: STORE_BYTES_MAX, keepMs: 0 });
    const externalLabels = Labels.of(config.alerting.externalLabels);
    this.#rules = new Rules(this.#store, { samplesMax: SAMPLES_MAX, externalLabels, intervalMs: this.#intervalMs });
    this.#own = new Feed(this.#store);
    this.#scraped = new ScrapedFeeds(this.#store);
    this.#clock = new WallClock(this.#intervalMs, Date.now(), performance.now());
    this.#kept = new KeptAlerts(options.state, options.log);
    this.#told = new Told(options.log);
    this.#target = this.#targetOf(config);
  }

  static start(options: AlertingOptions): Alerting {
    const alerting = new Alerting(options);
    const nowMs = Date.now();
    alerting.#replace(options.groups, nowMs);
    alerting.#kept.restore(alerting.#rules, nowMs, settleMs(options.config));
    alerting.#told.know(alerting.#rules.alerts());
    alerting.#sender = alerting.#newSender();
    alerting.#wait();
    return alerting;
  }

  read(): AlertingReading {
    const { evaluations, failures } = this.#rules.totals;
    return {
      alerts: this.#rules.alerts(),
      evaluatedMs: this.#evaluatedMs,
      rules: this.#rules.count,
      evaluations,
      failures,
      lastSeconds: this.#lastSeconds,
      samplesTaken: this.#samplesTaken,
      series: this.#store.seriesCount,
      storeBytes: this.#store.bytes,
      storeBytesMax: STORE_BYTES_MAX,
      losses: { ...this.#store.losses },
      textsCut: this.#textsCut + this.#rules.textsCut,
    };
  }

  /** Absent where no Alertmanager is configured. */
  notifications(): NotificationCounters | undefined {
    return this.#sender?.counters();
  }

  /** Other rules, and other Alertmanagers, from now on; alerts of rules that stay go on. */
  reload(config: Config, groups: readonly RuleGroup[]): void {
    const before = this.#config;
    this.#config = config;
    const nowMs = Date.now();
    if (config.instance !== before.instance) {
      this.#own.end(nowMs);
      this.#scraped.end(nowMs);
      this.#target = this.#targetOf(config);
    }
    this.#rules.externalLabels = Labels.of(config.alerting.externalLabels);
    this.#replace(groups, nowMs);
    if (JSON.stringify(config.alerting) === JSON.stringify(before.alerting)) return;
    void this.#sender?.close();
    this.#sender = this.#newSender();
  }

  /** What waits for an Alertmanager is sent, for 3 s at most. No alert is resolved by it. */
  async close(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await this.#running;
    await this.#sender?.close();
  }

  #replace(groups: readonly RuleGroup[], nowMs: number): void {
    this.#rules.replace(groups, nowMs);
    this.#told.forgetFaults();
    const { names } = this.#rules.needs;
    this.#options.scrapes.wantSamples(names && new Set([...names].filter((name) => !OURS.test(name))));
  }

  #targetOf({ instance }: Config): Target {
    const labels = [['instance', instance] as const, ['job', JOB] as const];
    return { labels, cut: () => this.#textsCut++ };
  }

  #newSender(): AlertmanagerSender | null {
    const { alertmanagers, externalLabels, resendDelaySeconds } = this.#config.alerting;
    if (alertmanagers.length === 0) return null;
    const [resendDelayMs, intervalMs] = [resendDelaySeconds * 1000, this.#intervalMs];
    return new AlertmanagerSender({ alertmanagers, externalLabels, resendDelayMs, intervalMs, log: this.#options.log });
  }

  #wait(): void {
    this.#timer = setTimeout(() => void this.#round(), waitMs(Date.now(), this.#intervalMs, this.#phase));
  }

  async #round(): Promise<void> {
    this.#running = this.#tick();
    await this.#running;
    if (this.#timer !== undefined) this.#wait();
  }

  async #tick(): Promise<void> {
    try {
      this.#evaluate(await this.#options.families(this.#rules.needs.names));
      this.#fault = null;
    } catch (error) {
      const fault = String((error as Error).stack ?? error);
      if (fault !== this.#fault) this.#options.log.error(`rules were not evaluated: ${fault}`);
      this.#fault = fault;
    }
  }

  #evaluate(families: readonly Family[]): void {
    const [nowMs, startMs] = [Date.now(), performance.now()];
    const stepMs = this.#clock.step(nowMs, startMs);
    if (stepMs !== 0) this.#rules.shift(stepMs);
    const { needs } = this.#rules;
    this.#samplesTaken += this.#own.write(ownSamples(families, needs, this.#target), nowMs);
    this.#samplesTaken += this.#scraped.write(this.#options.scrapes.samples(), needs, this.#target, {
      wallMs: nowMs,
      nowMs: startMs,
    });
    const evaluateMs = performance.now();
    this.#told.outcomes(this.#rules.evaluate(nowMs));
    this.#lastSeconds = (performance.now() - evaluateMs) / 1000;
    this.#evaluatedMs = nowMs;
    const alerts = this.#rules.alerts();
    this.#kept.save(this.#rules, alerts, nowMs);
    this.#sender?.tick(alerts, nowMs);
    this.#told.alerts(alerts);
  }
}

/** After a start: until pools are found, windows are full and every pool has been scraped. */
function settleMs({ drift, pools, intervalSeconds }: Config): number {
  const scrapes = pools.map(({ scrape }) => 2 * (scrape?.intervalSeconds ?? 0));
  return 1000 * Math.max(SETTLE_SECONDS, 2 * drift.windowSeconds, 2 * intervalSeconds, ...scrapes);
}
