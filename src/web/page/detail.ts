import { COMPONENT_COLOURS } from '../../outputs/colours.ts';
import type { ApiExplain, ApiPart } from '../../outputs/explain.ts';
import type { LiveExplain } from '../../outputs/live.ts';
import { count, duration, percent, period, type Scale, scaled, scaleOf, times } from '../../outputs/units.ts';
import { COMPONENT_WORDS, DOUBT_WORDS } from '../../outputs/words.ts';
import { drawBar } from './bar.ts';
import { clock, el } from './dom.ts';

type Explained = NonNullable<LiveExplain['explain']>;

/** What is said first: how far, since when, why, what to do. */
export function headline(explain: Explained): HTMLElement[] {
  return [el('p', 'figures', ...figures(explain)), ...causes(explain), ...next(explain)];
}

function figures(explain: Explained): (HTMLElement | string)[] {
  const { p99Seconds, baselineP99Seconds, driftRatio, drifting, since, p99Interval, requestsPerSecond } = explain;
  if (explain.source === null) return ['Its requests are not measured.'];
  if (p99Seconds === null) return [explain.fault ?? 'No request in the window.'];
  const was = baselineP99Seconds === null ? '' : `${duration(baselineP99Seconds)} → `;
  const far = driftRatio === null ? '' : ` ${times(driftRatio)}`;
  const [low, high] = p99Interval ?? [null, null];
  const sure = low === null ? '' : ` (${duration(low)} to ${duration(high) ?? '∞'})`;
  const rate = requestsPerSecond === null ? '' : ` · ${count(Math.round(requestsPerSecond))} requests/s`;
  return [
    'P99 ',
    el('b', drifting ? 'bad' : '', `${was}${duration(p99Seconds)}${far}`),
    drifting && since !== null ? ` since ${clock(Date.parse(since))}` : '',
    el(
      'span',
      'small',
      `${sure}${rate} · P50 ${duration(explain.p50Seconds)} · P99.9 ${duration(explain.p999Seconds)} · ${trust(explain)}`,
    ),
  ];
}

function trust({ trusted, doubt, armedInSeconds, baselineP99Seconds }: Explained): string {
  const seen = trusted ? 'trusted' : `not trusted${doubt === null ? '' : `: ${DOUBT_WORDS[doubt]}`}`;
  if (baselineP99Seconds !== null || armedInSeconds === null) return seen;
  return `${seen} · no baseline yet: in ${period(armedInSeconds)}`;
}

/** A cause with a smaller share is ruled out by the daemon: it stands under Not. */
const WORTH = 0.05;

function causes({ causes: all, verdict, gainedSeconds, drifting }: Explained): HTMLElement[] {
  const of = gainedSeconds === null ? 'of the slowest 1 %' : 'of the time gained';
  const first = all.find(({ cause }) => cause === verdict);
  const rest = all.filter((cause) => cause !== first && cause.confidence >= WORTH).slice(0, 2);
  return [first, ...rest].flatMap((cause) => {
    if (cause === undefined) return [];
    const who = cause.thief === undefined ? '' : ` ${cause.thief.comm} (${cause.thief.cgroup})`;
    const head = el('b', '', cause.cause);
    const share = el('span', 'small', ` ${percent(cause.confidence)} ${of}`);
    return [
      el(
        'div',
        cause === first ? `cause first${drifting ? ' drifting' : ''}` : 'cause',
        head,
        who,
        share,
        el('p', '', cause.evidence),
      ),
    ];
  });
}

function next({ next: advice, ruledOut, notes }: Explained): HTMLElement[] {
  const said: HTMLElement[] = [];
  if (advice !== null) said.push(el('p', 'next', el('b', '', 'Next '), `${advice}.`));
  if (ruledOut.length > 0) {
    const not = ruledOut.map(({ cause, evidence }) => `${cause} (${evidence})`).join(' · ');
    said.push(el('p', 'small', el('b', '', 'Not '), not));
  }
  return [...said, ...notes.map((note) => el('p', 'small', note))];
}

/** The parts of the slowest 1 %: what they were, what they are, and what of it is new. */
export function budgetTable({ budget, tailMeanSeconds, baselineTailMeanSeconds: was, tailRequests }: ApiExplain) {
  if (tailMeanSeconds === null) return null;
  const shown = budget.filter(
    ({ seconds, baselineSeconds }) => Math.max(seconds, baselineSeconds ?? 0) > 1e-3 * tailMeanSeconds,
  );
  const scale = scaleOf(Math.max(tailMeanSeconds, was ?? 0));
  const head = ['slowest 1 %', ...(was === null ? [] : ['usually']), 'now', ...(was === null ? ['share'] : ['change'])];
  const columns = el('tr', '', ...head.map((title) => header(title, 'col')));
  const rows = shown.map((part) => partRow(part, was !== null, tailMeanSeconds, scale));
  const sums = [...(was === null ? [] : [was]), tailMeanSeconds].map((s) => cell(scaled(s, scale)));
  const name = header(`mean of ${count(tailRequests)}`, 'row');
  const last = cell(was === null ? scale.unit : `${signed(tailMeanSeconds - was, scale)} ${scale.unit}`);
  return el(
    'table',
    '',
    el('thead', '', columns),
    el('tbody', '', ...rows),
    el('tfoot', '', el('tr', '', name, ...sums, last)),
  );
}

function partRow({ component, seconds, baselineSeconds }: ApiPart, compared: boolean, whole: number, scale: Scale) {
  const swatch = el('i', 'swatch');
  swatch.style.background = COMPONENT_COLOURS[component];
  const name = header('', 'row');
  name.append(swatch, COMPONENT_WORDS[component]);
  const grown = seconds - (baselineSeconds ?? 0);
  const row = compared
    ? [
        cell(baselineSeconds === null ? '–' : scaled(baselineSeconds, scale)),
        cell(scaled(seconds, scale)),
        cell(signed(grown, scale)),
      ]
    : [cell(scaled(seconds, scale)), cell(percent(seconds / whole)!)];
  return el('tr', compared && grown > 0.2 * whole ? 'grown' : '', name, ...row);
}

function header(text: string, scope: 'row' | 'col'): HTMLTableCellElement {
  const made = el('th', '', text);
  made.scope = scope;
  return made;
}

function cell(text: string): HTMLTableCellElement {
  return el('td', '', text);
}

function signed(seconds: number, scale: Scale): string {
  const text = scaled(Math.abs(seconds), scale);
  return Number(text) === 0 ? '±0' : `${seconds < 0 ? '−' : '+'}${text}`;
}

/** Who ran while its workers waited. */
export function thieves({ stolen, windowSeconds }: Explained): HTMLElement | null {
  const all = stolen.reduce((sum, { seconds }) => sum + seconds, 0);
  if (all < 1e-3) return null;
  const rows = stolen
    .filter(({ seconds }) => seconds > 0.01 * all)
    .map(({ thief, seconds }) => {
      const bar = el('span', 'bar');
      drawBar(bar, [{ component: 'runqueue', value: seconds }]);
      bar.style.width = `${(100 * seconds) / all}%`;
      return el(
        'li',
        '',
        el('span', 'thief', thief),
        el('span', 'amount', `${duration(seconds)} · ${percent(seconds / all)}`),
        bar,
      );
    });
  const over = windowSeconds > 0 ? ` in the last ${period(windowSeconds)}` : '';
  return el('div', 'box', el('h2', '', `Ran while workers waited${over}`), el('ul', 'thieves', ...rows));
}

/** How big it is, and how big it acts. */
export function sizes({ state }: ApiExplain): HTMLElement {
  const { size, sizeReason, cpuLimit, active, parallelism, demand, processes } = state;
  const one = (value: number | null) => (value === null ? '–' : value.toFixed(Number.isInteger(value) ? 0 : 1));
  const pairs: [string, string][] = [
    ['size', `${one(size)}${sizeReason === '' ? '' : ` (${sizeReason})`}`],
    ['CPUs it may use', one(cpuLimit)],
    ['active', one(active)],
    ['parallelism', one(parallelism)],
    ['demand', one(demand)],
    ['processes', count(processes)],
  ];
  const list = el('dl', '', ...pairs.flatMap(([name, value]) => [el('dt', '', name), el('dd', '', value)]));
  return el('div', 'box', el('h2', '', 'Pool'), list);
}
