import type { Cause, Explanation, Finding } from '../attribution/explain.ts';
import { type Facts, rateNow, rateWas } from '../attribution/facts.ts';
import type { JudgedPool } from '../attribution/judged.ts';
import { isKnown, type Rivals, type Thief } from '../attribution/rivals.ts';
import { fillsItsCpus, isHostFull } from '../attribution/signs.ts';
import { changed, perSecond, usually } from './changed.ts';
import { bytes, count, duration, partOf, percent } from './units.ts';
import { COMPONENT_WORDS } from './words.ts';

/** What a sentence may draw on. */
export type Case = { reading: JudgedPool; explanation: Explanation; finding: Finding };

/** A part with less than this of its finding is not named in the sentence. */
const NAMED_SHARE = 0.05;

const LIST = new Intl.ListFormat('en-GB');

/** Why this cause, in sentences that carry the numbers. */
export function evidence(of: Case): string {
  return [lead(of), ...BECAUSE[of.finding.cause](of)].filter((sentence) => sentence !== '').join(' ');
}

const BECAUSE: Record<Cause, (of: Case) => string[]> = {
  'cpu-throttled': (of) => {
    const { limit, rate, cpu } = changed(factsOf(of));
    return [`It may use ${cpus(of.reading)}; ${asked(of.reading)}.`, limit, rate, cpu];
  },
  'noisy-neighbour': ({ explanation }) => [ranInstead(explanation.rivals!)],
  'oversized-pool': (of) => [tooMany(of), changed(factsOf(of)).size],
  'undersized-pool': (of) => {
    const { rate, size, overflows } = changed(factsOf(of));
    return [`Its workers were busy with other requests, while ${inUse(of.reading)}.`, rate, size, overflows];
  },
  load: (of) => {
    const { rate, overflows } = changed(factsOf(of));
    return [filled(of), rate, overflows];
  },
  'lock-contention': () => ['Workers waited for a lock that others held.'],
  'disk-io': () => ['Workers waited for files: reads, writes, syncs.'],
  'memory-pressure': (of) => [readBack(factsOf(of))],
  downstream: () => ['Workers waited for the answers of others.'],
  network: (of) => [lost(of)],
  'gc-pause': (of) => [collected(factsOf(of))],
  'cpu-steal': (of) => [stolen(factsOf(of))],
  'on-cpu': (of) => ['That is its own code, with the interrupts in between.', changed(factsOf(of)).cpu],
  unexplained: (of) => [notKnown(of)],
};

function factsOf({ reading, explanation: { rivals, change } }: Case): Facts {
  return { reading, rivals, change };
}

/** `Run queue is 5.8 of 11.2 ms.`, or `5.5 of the 6.3 ms gained`. */
function lead({ finding, explanation: { change, wholeNs } }: Case): string {
  const { ns, parts, partNs } = finding;
  const named = parts.filter((part) => partNs[part]! >= NAMED_SHARE * ns).map((part) => COMPONENT_WORDS[part]);
  const words = LIST.format(named);
  const verb = named.length > 1 ? 'are' : 'is';
  const [part, whole] = partOf(ns / 1e9, wholeNs / 1e9).split(' of ');
  const amount = change === null ? `${part} of ${whole}` : `${part} of the ${whole} gained`;
  return `${words[0]!.toUpperCase()}${words.slice(1)} ${verb} ${amount}.`;
}

function ranInstead({ durationNs, waitedNs, othersNs, thief }: Rivals): string {
  const share = (ns: number) => percent(ns / waitedNs);
  if (thief === null) return `While workers waited, others were on their CPUs ${share(othersNs)} of the time.`;
  const alone = thief.stolenNs > othersNs / 2;
  const who = alone ? `${nameOf(thief)} ${thief.cgroup === '' ? 'were' : 'was'}` : 'others were';
  const most = alone ? '' : `, most of all ${nameOf(thief)}`;
  const taken = `${duration(thief.stolenNs / 1e9)} stolen in the last ${duration(durationNs / 1e9)}`;
  const time = share(alone ? thief.stolenNs : othersNs);
  return `While workers waited, ${who} on their CPUs ${time} of the time${most}: ${taken}.`;
}

export function nameOf({ comm, cgroup }: Thief): string {
  return cgroup === '/' || cgroup === '' ? comm : `${comm} (${cgroup})`;
}

/** They stand in each other's way, or spend a quota at once. */
function tooMany({ reading, explanation: { rivals }, finding: { parts } }: Case): string {
  if (parts[0] === 'throttled' || rivals === null)
    return `${workers(reading)} spend a quota of ${cpus(reading)} at once.`;
  return `${ownWorkers(rivals)}: ${workers(reading)} share ${cpus(reading)}.`;
}

function ownWorkers({ selfNs, othersNs, unknownNs, waitedNs }: Rivals): string {
  const sampled = unknownNs > waitedNs / 2;
  const knownNs = selfNs + othersNs;
  const share = percent(selfNs / (sampled ? knownNs : waitedNs));
  const known = sampled ? ` for which that is known (${percent(knownNs / waitedNs)})` : '';
  return `While workers waited, others of the pool were on their CPUs ${share} of the time${known}`;
}

function filled(of: Case): string {
  const facts = factsOf(of);
  if (fillsItsCpus(facts)) return `Its own requests fill its CPUs: ${inUse(of.reading)}.`;
  if (!isHostFull(facts)) return `At times more workers want to run than have a CPU: on average ${inUse(of.reading)}.`;
  const [busy, all] = [ratio(rateNow(facts, 'hostBusyCpus')), ratio(rateNow(facts, 'hostCpus'))];
  return `The host is full: ${busy} of its ${all} CPUs are in use, ${ratio(of.reading.gauges.parallelism)} of them by the pool.`;
}

function readBack(facts: Facts): string {
  const limit = rateNow(facts, 'memoryLimitBytes');
  if (limit === null) return 'Workers waited for memory pages to come in.';
  const pages = rateNow(facts, 'memoryRefaultsPerSecond') ?? rateNow(facts, 'memoryMajorFaultsPerSecond') ?? 0;
  const hits = rateNow(facts, 'memoryLimitHitsPerSecond') ?? 0;
  return `Its cgroup meets its limit of ${bytes(limit)} ${perSecond(hits)} times a second, and ${perSecond(pages)} pages a second are read back.`;
}

function lost(of: Case): string {
  const facts = factsOf(of);
  const { p99Ns = null, p99LastNs = null } = of.reading.request ?? {};
  if (p99Ns !== null && p99LastNs !== null && p99LastNs < p99Ns / 2)
    return `The rest of these requests came late: from their last byte on, P99 is ${duration(p99LastNs / 1e9)}.`;
  const share = (rate: typeof rateNow) => {
    const [again, sent] = [rate(facts, 'retransmitsPerSecond'), rate(facts, 'segmentsSentPerSecond')];
    return again === null || sent === null || sent === 0 ? null : again / sent;
  };
  const connectNs = rateNow(facts, 'connectP99Ns');
  const connects = connectNs === null ? '' : ` Its connects take up to ${duration(connectNs / 1e9)}.`;
  return `${percent(share(rateNow) ?? 0)}${usually(percent(share(rateWas)))} of its segments are sent again.${connects}`;
}

function collected(facts: Facts): string {
  const cycles = rateNow(facts, 'gcCyclesPerSecond');
  const often = cycles === null ? '' : `, in ${cycles.toFixed(1)} cycles a second`;
  const [now, was, assist] = [rateNow(facts, 'gcCpus'), rateWas(facts, 'gcCpus'), rateNow(facts, 'gcAssistCpus')];
  if (now !== null) {
    const helped = assist === null ? '' : `; ${assist.toFixed(2)} of them are assists of requests`;
    return `The garbage collector takes ${now.toFixed(2)} CPUs${usually(was?.toFixed(2) ?? null)}${often}${helped}.`;
  }
  const paused = percent(rateNow(facts, 'gcPauseRatio') ?? 0);
  return `The garbage collector stops it ${paused} of the time${usually(percent(rateWas(facts, 'gcPauseRatio')))}${often}.`;
}

function stolen(facts: Facts): string {
  const share = (rate: typeof rateNow) => {
    const [steal, all] = [rate(facts, 'hostStealCpus'), rate(facts, 'hostCpus')];
    return steal === null || all === null || all === 0 ? null : steal / all;
  };
  return `The hypervisor gave others ${percent(share(rateNow) ?? 0)}${usually(percent(share(rateWas)))} of the host's CPU time.`;
}

function notKnown({ reading, explanation: { rivals }, finding: { parts } }: Case): string {
  if (!parts.includes('runqueue') || rivals === null) return '';
  if (isKnown(rivals) && rivals.selfNs > rivals.othersNs)
    return `${ownWorkers(rivals)}, though only ${inUse(reading)}.`;
  return `Who was on their CPUs meanwhile is not known for ${percent(rivals.unknownNs / rivals.waitedNs)} of the time.`;
}

function asked({ gauges }: JudgedPool): string {
  if (gauges.demand === null) return 'how many its workers ask for is not known';
  return `its workers ask for ${ratio(gauges.demand)}`;
}

function cpus({ pool }: JudgedPool): string {
  return `${ratio(pool.cpuLimit)} CPUs`;
}

function workers({ pool, sample }: JudgedPool): string {
  const many = pool.size ?? sample?.workers ?? 0;
  return `${count(many)} ${many === 1 ? 'worker' : 'workers'}`;
}

function inUse({ pool, gauges }: JudgedPool): string {
  return `${ratio(gauges.parallelism)} of ${ratio(pool.cpuLimit)} CPUs are in use`;
}

function ratio(value: number | null): string {
  return value === null ? 'an unknown number of' : value.toFixed(1);
}
