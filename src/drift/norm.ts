import { BlockSums, type Spread } from './dispersion.ts';
import { type Edge, edgeAt } from './edge.ts';
import type { Healthy } from './healthy.ts';
import { CALM_EFFECT, LADDER, SHORT_EFFECTS, SHORT_KNOWN_SECONDS, TAIL_SHARE, YEAR_SECONDS } from './ladder.ts';
import type { DriftOptions } from './types.ts';

/** What a window of one length is held against. */
export type Scale = Spread & {
  seconds: number;
  /** The chance at which its count of slow requests is significant. */
  chance: number;
};

/** What is normal for a pool, as the scan wants it. */
export type Norm = {
  p99Ns: number;
  /** The baseline's share of requests above its P99. */
  share: number;
  seconds: number;
  requests: number;
  young: boolean;
  /** Edges of latency: Q, half the way to the effect, the effect; then those of the short windows. */
  q: Edge;
  calm: Edge;
  effect: Edge;
  short: readonly Edge[];
  scales: readonly Scale[];
};

/** Below an hour's baseline dispersion is not known well enough: so much is added, less the longer it is. */
const YOUNG_DISPERSION = 0.06;
const HOUR_SECONDS = 3600;
/** The norm of what is healthy; null where it holds no request. */
export function normOf(healthy: Healthy, options: DriftOptions, blockSeconds: number): Norm | null {
  const p99Ns = healthy.p99Ns();
  if (p99Ns === null) return null;
  const times = (effect: number) => edgeAt(p99Ns * (1 + effect * (options.ratioMin - 1)));
  const { seconds, requests } = healthy;
  return {
    p99Ns,
    share: TAIL_SHARE,
    seconds,
    requests,
    young: seconds < options.baselineSeconds - 2 * blockSeconds,
    q: edgeAt(p99Ns),
    calm: times(CALM_EFFECT),
    effect: times(1),
    short: SHORT_EFFECTS.map((effect) => times(seconds < SHORT_KNOWN_SECONDS ? SHORT_EFFECTS[0]! : effect)),
    scales: scalesOf(healthy, edgeAt(p99Ns), options, blockSeconds),
  };
}

function scalesOf(healthy: Healthy, q: Edge, options: DriftOptions, blockSeconds: number): Scale[] {
  const budget = options.falseAlarmsPerPoolYear;
  const sums = new BlockSums(healthy.fine.list, q, TAIL_SHARE);
  const known = healthy.fine.seconds;
  const unknown = YOUNG_DISPERSION * (1 - Math.min(1, known / HOUR_SECONDS)) + 1 / (sums.above + 1);
  const slow = slowDispersion(healthy, q);
  let [last, lastPer]: [Spread | null, number] = [null, 0];
  return LADDER.filter((seconds) => seconds <= known).map((seconds) => {
    const per = Math.max(1, Math.round(seconds / blockSeconds));
    if (last === null || (per > lastPer && sums.enough(per)))
      last = sums.spread(per, Math.max(seconds, per * blockSeconds), budget);
    lastPer = per;
    const dispersion = Math.max(last.dispersion, slow);
    return {
      seconds,
      dispersion: dispersion * (1 + Math.min(1, seconds / known)) + unknown,
      relativeVariance: last.relativeVariance,
      extreme: last.extreme,
      chance: (budget / LADDER.length) * (seconds / YEAR_SECONDS),
    };
  });
}

/** Of a baseline of more than an hour: what its long blocks differ by, short windows differ by too. */
function slowDispersion({ coarse }: Healthy, q: Edge): number {
  const sums = new BlockSums(coarse.list, q, TAIL_SHARE);
  return sums.enough(1) ? sums.spread(1, 1, 1).dispersion : 0;
}
