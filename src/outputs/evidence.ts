import type { Cause, Explanation, Finding } from '../attribution/explain.ts';
import type { Rivals, Thief } from '../attribution/rivals.ts';
import type { PoolReading } from '../windows/windows.ts';
import { count, duration, partOf, percent } from './units.ts';
import { COMPONENT_WORDS } from './words.ts';

/** What a sentence may draw on. */
export type Case = { reading: PoolReading; explanation: Explanation; finding: Finding };

/** A part with less than this of its finding is not named in the sentence. */
const NAMED_SHARE = 0.05;

const LIST = new Intl.ListFormat('en-GB');

/** Why this cause, in sentences that carry the numbers. */
export function evidence(of: Case): string {
  return [lead(of), BECAUSE[of.finding.cause](of)].filter((sentence) => sentence !== '').join(' ');
}

const BECAUSE: Record<Cause, (of: Case) => string> = {
  'cpu-throttled': ({ reading }) => `It may use ${cpus(reading)}; ${asked(reading)}.`,
  'noisy-neighbour': ({ explanation }) => ranInstead(explanation.rivals!),
  'oversized-pool': ({ reading, explanation }) =>
    `${ownWorkers(explanation.rivals!)}: ${workers(reading)} share ${cpus(reading)}.`,
  'undersized-pool': ({ reading }) => `Its workers were busy with other requests, while ${inUse(reading)}.`,
  load: ({ reading }) => `Its own requests fill its CPUs: ${inUse(reading)}.`,
  'lock-contention': () => 'Workers waited for a lock that others held.',
  'disk-io': () => 'Workers waited for files: reads, writes, syncs.',
  'memory-pressure': () => 'Workers waited for memory pages to come in.',
  downstream: () => 'Workers waited for the answers of others.',
  network: ({ reading: { request } }) =>
    `The rest of these requests came late: from their last byte on, P99 is ${duration(request!.p99LastNs! / 1e9)}.`,
  'on-cpu': () => 'That is its own code, with the interrupts in between.',
  unexplained: notKnown,
};

/** `Run queue is 5.8 of 11.2 ms.` */
function lead({ finding, explanation: { tail } }: Case): string {
  const { ns, parts } = finding;
  const named = parts.filter((part) => tail!.partNs[part] >= NAMED_SHARE * ns).map((part) => COMPONENT_WORDS[part]);
  const words = LIST.format(named);
  const verb = named.length > 1 ? 'are' : 'is';
  return `${words[0]!.toUpperCase()}${words.slice(1)} ${verb} ${partOf(ns / 1e9, tail!.meanNs / 1e9)}.`;
}

function ranInstead({ durationNs, waitedNs, othersNs, thief }: Rivals): string {
  const share = (ns: number) => percent(ns / waitedNs);
  if (thief === null) return `While workers waited, others were on their CPUs ${share(othersNs)} of the time.`;
  const alone = thief.stolenNs > othersNs / 2;
  const who = alone ? `${nameOf(thief)} ${thief.cgroup === '' ? 'were' : 'was'}` : 'others were';
  const most = alone ? '' : `, most of all ${nameOf(thief)}`;
  const stolen = `${duration(thief.stolenNs / 1e9)} stolen in the last ${duration(durationNs / 1e9)}`;
  const time = share(alone ? thief.stolenNs : othersNs);
  return `While workers waited, ${who} on their CPUs ${time} of the time${most}: ${stolen}.`;
}

export function nameOf({ comm, cgroup }: Thief): string {
  return cgroup === '/' || cgroup === '' ? comm : `${comm} (${cgroup})`;
}

function ownWorkers({ selfNs, waitedNs }: Rivals): string {
  return `While workers waited, others of the pool were on their CPUs ${percent(selfNs / waitedNs)} of the time`;
}

function notKnown({ reading, explanation: { rivals }, finding: { parts } }: Case): string {
  if (!parts.includes('runqueue') || rivals === null) return '';
  if (rivals.selfNs > rivals.unknownNs) return `${ownWorkers(rivals)}, though only ${inUse(reading)}.`;
  return `Who was on their CPUs meanwhile is not known for ${percent(rivals.unknownNs / rivals.waitedNs)} of the time.`;
}

function asked({ gauges }: PoolReading): string {
  if (gauges.demand === null) return 'how many its workers ask for is not known';
  return `its workers ask for ${ratio(gauges.demand)}`;
}

function cpus({ pool }: PoolReading): string {
  return `${ratio(pool.cpuLimit)} CPUs`;
}

function workers({ pool, sample }: PoolReading): string {
  return `${count(pool.size ?? sample?.workers ?? 0)} workers`;
}

function inUse({ pool, gauges }: PoolReading): string {
  return `${ratio(gauges.parallelism)} of ${ratio(pool.cpuLimit)} CPUs are in use`;
}

function ratio(value: number | null): string {
  return value === null ? 'an unknown number of' : value.toFixed(1);
}
