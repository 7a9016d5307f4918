import { type PoolSample, REASONS, type Reason, STATES, type State } from '../decode/sample.ts';

/** One pool at one moment, as its window keeps it: cumulative, times in nanoseconds. */
export type Moment = {
  atNs: number;
  timeNs: Record<State, number>;
  blockedNs: Record<Reason, number>;
  /** Cumulative wait counts modulo 2^32: half the memory, and a window's difference is exact all the same. */
  waits: Uint32Array;
};

/** What happened between two moments. Times in nanoseconds. */
export type Span = {
  durationNs: number;
  timeNs: Record<State, number>;
  blockedNs: Record<Reason, number>;
};

export function momentOf(sample: PoolSample): Moment {
  const waits = new Uint32Array(sample.waits); // wraps, as ToUint32 does
  const { atNs, timeNs, blockedNs } = sample;
  return { atNs, timeNs: { ...timeNs }, blockedNs: { ...blockedNs }, waits };
}

export function spanBetween(from: Moment, to: Moment): Span {
  return {
    durationNs: to.atNs - from.atNs,
    timeNs: minus(STATES, to.timeNs, from.timeNs),
    blockedNs: minus(REASONS, to.blockedNs, from.blockedNs),
  };
}

/** Wait counts between two moments, written over `into`. */
export function waitsBetween(from: Moment, to: Moment, into: Uint32Array): Uint32Array {
  for (let i = 0; i < into.length; i++) into[i] = to.waits[i]! - from.waits[i]!;
  return into;
}

function minus<K extends string>(
  keys: readonly K[],
  to: Record<K, number>,
  from: Record<K, number>,
): Record<K, number> {
  return Object.fromEntries(keys.map((key) => [key, to[key] - from[key]])) as Record<K, number>;
}

/** True where a counter went back: the pool's slot serves another pool now, or was released meanwhile. */
export function wentBack(from: Moment, to: Moment): boolean {
  return to.atNs <= from.atNs || STATES.some((state) => to.timeNs[state] < from.timeNs[state]);
}
