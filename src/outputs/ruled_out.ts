import type { Cause, Explanation } from '../attribution/explain.ts';
import type { JudgedPool } from '../attribution/judged.ts';
import { isOversized } from '../attribution/signs.ts';
import type { Component } from '../decode/sample.ts';
import { count, duration, percent } from './units.ts';

/** A cause that it is not, and why not. */
export type RuledOut = { cause: Cause; evidence: string };

/** With less than this share of the tail, or of what it gained, a cause is none. */
export const NEGLIGIBLE = 0.05;

/** Less than this would read 0.0 us. */
const NOTHING_NS = 50;

type Suspect = {
  cause: Cause;
  parts: readonly Component[];
  /** What their time is called. */
  word: string;
  /** What its absence is called; default `no WORD`. */
  none?: string;
  /** Why it is not, where its components are long and another cause has them; null: it cannot be ruled out. */
  yetNot?: (reading: JudgedPool, explanation: Explanation) => string | null;
};

const WAITING = ['runqueue', 'wakeup'] as const;
const NO_WAIT = 'no wait for a CPU';

/** In the order in which people suspect them. */
const SUSPECTS: readonly Suspect[] = [
  { cause: 'cpu-throttled', parts: ['throttled'], word: 'throttled', none: 'nothing throttled' },
  { cause: 'noisy-neighbour', parts: WAITING, word: 'run queue', none: NO_WAIT, yetNot: notOthers },
  // Too many workers spend a quota too soon as well.
  { cause: 'oversized-pool', parts: [...WAITING, 'throttled'], word: 'run queue', none: NO_WAIT, yetNot: notTooMany },
  { cause: 'undersized-pool', parts: ['queue'], word: 'queue', yetNot: notTooFew },
  { cause: 'lock-contention', parts: ['blocked_lock'], word: 'lock' },
  { cause: 'disk-io', parts: ['blocked_io'], word: 'io' },
  { cause: 'downstream', parts: ['blocked_network', 'blocked_epoll'], word: 'network', yetNot: notClients },
  { cause: 'memory-pressure', parts: ['blocked_fault'], word: 'page fault' },
];

/** Empty without a tail: nothing is ruled out by what was not seen. */
export function ruledOut(reading: JudgedPool, explanation: Explanation): RuledOut[] {
  const { tail, findings } = explanation;
  if (tail === null) return [];
  const guilty = new Set(findings.filter(({ share }) => share >= NEGLIGIBLE).map(({ cause }) => cause));
  if (reading.episode?.cause) guilty.add(reading.episode.cause);
  return SUSPECTS.filter(({ cause }) => !guilty.has(cause)).flatMap((suspect) => {
    const evidence = whyNot(suspect, reading, explanation);
    return evidence === null ? [] : [{ cause: suspect.cause, evidence }];
  });
}

function whyNot({ parts, word, none, yetNot }: Suspect, reading: JudgedPool, explanation: Explanation): string | null {
  const { tail, change, wholeNs } = explanation;
  const sum = (partNs: Record<Component, number>) => parts.reduce((all, part) => all + partNs[part], 0);
  const ns = sum(tail!.partNs);
  if (ns < NOTHING_NS) return none ?? `no ${word}`;
  const counted = change === null ? ns : sum(change.gainedNs);
  if (counted >= NEGLIGIBLE * wholeNs) return yetNot?.(reading, explanation) ?? null;
  if (change === null) return `${word} ${duration(ns / 1e9)}`;
  return counted < NOTHING_NS ? `${word} as usual` : `${word} +${duration(counted / 1e9)}`;
}

function notOthers(_reading: JudgedPool, { rivals, findings }: Explanation): string | null {
  const own = findings.some(({ cause, parts }) => cause !== 'unexplained' && parts.includes('runqueue'));
  return own && rivals !== null
    ? `others had the CPUs ${percent(rivals.othersNs / rivals.waitedNs)} of that time`
    : null;
}

function notTooMany(reading: JudgedPool): string | null {
  const { size, cpuLimit } = reading.pool;
  if (isOversized(reading) || size === null || cpuLimit === null) return null;
  return `${count(size)} workers, ${cpuLimit.toFixed(1)} CPUs`;
}

function notTooFew({ pool, gauges }: JudgedPool): string {
  return `${known(gauges.parallelism)} of ${known(pool.cpuLimit)} CPUs in use`;
}

/** What is left of the network's part is the clients'. */
function notClients(_: JudgedPool, { findings }: Explanation): string | null {
  return findings.some(({ cause }) => cause === 'network') ? 'it waited for its clients' : null;
}

function known(value: number | null): string {
  return value?.toFixed(1) ?? 'an unknown number';
}
