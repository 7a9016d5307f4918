import type { ApiCause, ApiExplain } from '../outputs/explain.ts';
import { count, duration, percent, period, scaled, scaleOf, times } from '../outputs/units.ts';
import { COMPONENT_WORDS, DOUBT_WORDS } from '../outputs/words.ts';
import { budgetLines } from './budget.ts';
import { comparedLines } from './compared.ts';
import { NARROW, narrowLines } from './narrow.ts';
import { type Paint, painter } from './paint.ts';
import { flow, type Sheet, sheetOf, wrap } from './paragraph.ts';
import { tame, truncate, widthOf } from './width.ts';

export type ExplanationOptions = { columns: number; colour: boolean };

/** Other causes with at least this share are told too. */
const ALSO_SHARE = 0.1;
/** Parts of a single request. */
const PARTS_SHOWN = 2;

/** The whole answer, a line each; none is wider than `columns`, from 16 on. */
export function explanation(answer: ApiExplain, { columns, colour }: ExplanationOptions): string[] {
  const paint = painter(colour);
  const sheet = sheetOf(columns, paint);
  const row = (label: string, pieces: readonly string[]) =>
    sheet.labelled(label, flow(pieces.map(tame), ' · ', sheet.width));
  const said = (label: string, text: string) => sheet.labelled(label, wrap(tame(text), sheet.width));
  return [
    ...heading(answer, columns, paint),
    ...latency(answer, sheet),
    '',
    ...budget(answer, columns, paint),
    ...causes(answer, sheet),
    ...row(
      'Not',
      answer.ruledOut.map(({ cause, evidence }) => `${cause} (${evidence})`),
    ),
    ...row('Slowest', slowest(answer)),
    ...row('Pool', state(answer)),
    ...row('TCP', network(answer)),
    ...answer.notes.flatMap((note, i) => said(i === 0 ? 'Note' : '', note)),
    ...(answer.next === null ? [] : said('Next', `${answer.next} (docs/causes.md#${answer.verdict})`)),
  ];
}

function heading({ pool, host, at, state: { kind, ports } }: ApiExplain, columns: number, paint: Paint): string[] {
  const what = [kind, ports.map((port) => `:${port}`).join(' ')].filter(Boolean).join(' · ');
  const left = tame(`${pool}   ${what}`);
  const right = tame(`${host}   ${at.slice(11, 19)} UTC`);
  if (columns < NARROW) {
    const pieces = [pool, what, host, `${at.slice(11, 19)} UTC`].map(tame);
    return flow(pieces.filter(Boolean), '   ', columns).map((text) => paint('strong', text));
  }
  const gap = ' '.repeat(Math.max(3, columns - widthOf(left) - widthOf(right)));
  return [paint('strong', truncate(`${left}${gap}${right}`, columns))];
}

function latency(answer: ApiExplain, { width, paint, labelled }: Sheet): string[] {
  const { fault, doubt } = answer;
  const [first = '', ...more] = flow(p99(answer), '   ', width);
  const warn = (label: string, text: string) =>
    labelled(
      label,
      wrap(tame(text), width).map((line) => paint('warn', line)),
    );
  return [
    ...labelled('P99', [paint('strong', first), ...more]),
    ...(fault === null ? [] : warn('Metric', fault)),
    ...(doubt === null ? [] : warn('Trust', `none: ${DOUBT_WORDS[doubt]}`)),
  ];
}

function p99(answer: ApiExplain): string[] {
  const { p99Seconds, p50Seconds, p999Seconds, requestsPerSecond, source, trusted, windowSeconds } = answer;
  if (p99Seconds === null) return [unmeasured(answer)];
  return [
    ...withInterval(p99Seconds, answer),
    ...(p50Seconds === null ? [] : [`P50 ${duration(p50Seconds)}`]),
    ...(p999Seconds === null ? [] : [`P99.9 ${duration(p999Seconds)}`]),
    `${perSecond(requestsPerSecond ?? 0)} requests/s over ${duration(windowSeconds)}`,
    source === 'metric' ? "the program's own metric" : trusted ? 'trusted' : 'not trusted',
    ...(answer.baselineP99Seconds === null ? [unarmed(answer)] : []),
  ];
}

function unarmed({ armedInSeconds }: ApiExplain): string {
  return armedInSeconds === null || armedInSeconds === 0
    ? 'no baseline yet'
    : `no baseline yet (armed in ${period(armedInSeconds)})`;
}

function unmeasured({ source, fault, windowSeconds, state: { processes, ports } }: ApiExplain): string {
  if (processes === 0) return 'none: the pool has no process';
  if (source !== 'metric' && ports.length === 0) return 'none: it listens on no port';
  if (source === null) return 'none: its requests are not measured';
  if (fault !== null) return "none: the program's own metric tells none";
  return windowSeconds === 0
    ? 'none yet: asked too early'
    : `none: no request was answered in the last ${duration(windowSeconds)}`;
}

/** `4.1 ms -> 9.7 ms`, `x2.37`, `since 09:29:40`, `(9.4 to 10.1 ms)`; before there is a baseline, less. */
function withInterval(p99Seconds: number, answer: ApiExplain): string[] {
  const { baselineP99Seconds, driftRatio, since, p99Interval } = answer;
  const [low, high] = p99Interval ?? [null, null];
  const scale = scaleOf(high ?? p99Seconds);
  const p99 = `${scaled(p99Seconds, scale)} ${scale.unit}`;
  const said = baselineP99Seconds === null ? [p99] : [`${figure(baselineP99Seconds)} -> ${p99}`];
  if (driftRatio !== null) said.push(times(driftRatio)!);
  if (since !== null) said.push(`since ${since.slice(11, 19)}`);
  if (low === null) return said;
  return [
    ...said,
    high === null ? `(above ${duration(low)})` : `(${scaled(low, scale)} to ${scaled(high, scale)} ${scale.unit})`,
  ];
}

function figure(seconds: number): string {
  const scale = scaleOf(seconds);
  return `${scaled(seconds, scale)} ${scale.unit}`;
}

function perSecond(value: number): string {
  return value < 9.95 ? value.toFixed(1) : count(Math.round(value));
}

function budget(
  { budget: parts, tailMeanSeconds, tailRequests, gainedSeconds }: ApiExplain,
  columns: number,
  paint: Paint,
): string[] {
  if (tailMeanSeconds === null) return [];
  const title = `The slowest 1 %, ${count(tailRequests)} ${tailRequests === 1 ? 'request' : 'requests'}, on average`;
  const compared = parts.some(({ baselineSeconds }) => baselineSeconds !== null);
  const gained = gainedSeconds !== null;
  if (columns < NARROW) return [...wrap(title, columns), ...narrowLines(parts, gained, columns, paint), ''];
  const lines = compared
    ? comparedLines(parts, gained, columns, paint)
    : budgetLines(parts, tailMeanSeconds, columns, paint);
  return [truncate(title, columns), ...lines, ''];
}

function causes(answer: ApiExplain, { width, paint, labelled }: Sheet): string[] {
  const { causes: all, verdict, gainedSeconds } = answer;
  if (verdict === null) return [];
  const first = all.find(({ cause }) => cause === verdict);
  const also = all.filter(({ cause, confidence }) => cause !== verdict && confidence >= ALSO_SHARE);
  const whole = gainedSeconds === null ? 'of the tail' : 'of the time gained';
  const named = ({ cause, confidence }: ApiCause) => `${cause}, ${percent(confidence)}`;
  const told = (one: ApiCause) => wrap(`${named(one)}: ${tame(one.evidence)}`, width);
  const title = first === undefined ? `${verdict}, as it was settled` : `${named(first)} ${whole}`;
  const said = [
    ...wrap(title, width).map((line) => paint('strong', line)),
    ...(first === undefined ? [] : wrap(tame(first.evidence), width)),
  ];
  return [...labelled('Cause', said), ...also.flatMap((one, i) => labelled(i === 0 ? 'Also' : '', told(one)))];
}

/** The slowest request of the window that is known by itself: to be looked for in a log or a trace. */
function slowest({ exemplars, windowSeconds }: ApiExplain): string[] {
  const recent = exemplars.filter(({ secondsAgo }) => secondsAgo <= windowSeconds);
  const [first] = recent.sort((a, b) => b.seconds - a.seconds);
  if (first === undefined) return [];
  const parts = [...first.budget].sort((a, b) => b.seconds - a.seconds).slice(0, PARTS_SHOWN);
  return [
    `${duration(first.seconds)} on :${first.port}`,
    `thread ${first.tid}`,
    `${duration(first.secondsAgo)} ago`,
    ...parts.map(({ component, seconds }) => `${COMPONENT_WORDS[component]} ${duration(seconds)}`),
  ];
}

function state({ state: pool }: ApiExplain): string[] {
  const figure = (name: string, value: number | null) => (value === null ? [] : [`${name} ${value.toFixed(1)}`]);
  const size = pool.size === null ? 'size not known' : `size ${count(pool.size)} (${pool.sizeReason})`;
  return [
    size,
    ...figure('CPU limit', pool.cpuLimit),
    ...figure('active', pool.active),
    ...figure('parallelism', pool.parallelism),
    ...figure('demand', pool.demand),
  ];
}

function network({ connections: seen }: ApiExplain): string[] {
  if (seen === null) return [];
  const { segmentsSent, retransmits, rttP50Seconds, connects, connectFailures, connectP99Seconds } = seen;
  const said: string[] = [];
  if (rttP50Seconds !== null) said.push(`round trip ${duration(rttP50Seconds)} (P99 ${duration(seen.rttP99Seconds)})`);
  if (segmentsSent > 0) said.push(`${percent(retransmits / segmentsSent)} of segments sent again`);
  if (connects > 0) said.push(`${count(connects)} connects (P99 ${duration(connectP99Seconds)})`);
  if (connectFailures > 0) said.push(`${count(connectFailures)} connects failed`);
  for (const { port, most, limit } of seen.acceptQueues) said.push(`accept queue :${port} at most ${most} of ${limit}`);
  if (seen.acceptOverflows > 0) said.push(`${count(seen.acceptOverflows)} found it full`);
  return said;
}
