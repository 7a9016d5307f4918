import { detector, OPTIONS } from './detector.ts';
import type { Shape } from './shapes.ts';
import { Source } from './source.ts';
import { Truth } from './truth.ts';

const SECOND_NS = 1e9;
/** The true P99 against the baseline's from which on an alarm is borne out. */
export const BORNE_OUT = 1.17;

export type Alarm = {
  /** Seconds since the run began: when it was raised, and the onset that it tells. */
  atSeconds: number;
  sinceSeconds: number;
  scaleSeconds: number;
  young: boolean;
  /** The true P99 of the drift window up to the alarm, over that of the baseline's length before the onset. */
  trueRatio: number;
};

export type HealthyRun = {
  seconds: number;
  alarms: Alarm[];
  /** Seconds in episodes. */
  drifting: number;
};

/** A healthy pool from its first second on: each alarm is false, unless its true level has moved so far by itself. */
export function healthyRun(
  { shape, rate, seconds }: { shape: Shape; rate: number; seconds: number },
  seed: number,
  options = OPTIONS,
): HealthyRun {
  const [source, drift, truth] = [new Source(shape, rate, seed), detector(options), new Truth(shape.distribution)];
  const run: HealthyRun = { seconds, alarms: [], drifting: 0 };
  let open = false;
  for (let at = 1; at <= seconds; at++) {
    const changes = drift.add(source.second());
    truth.add(source);
    for (const change of changes) {
      if (change.kind === 'ended') open = false;
      if (change.kind !== 'began') continue;
      open = true;
      const { sinceNs, scaleSeconds } = change.episode;
      const sinceSeconds = sinceNs / SECOND_NS;
      const young = drift.read().baseline?.young ?? true;
      run.alarms.push({ atSeconds: at, sinceSeconds, scaleSeconds, young, trueRatio: ratio(truth, at, sinceSeconds) });
    }
    if (open) run.drifting++;
  }
  return run;
}

function ratio(truth: Truth, at: number, sinceSeconds: number): number {
  const since = Math.max(1, Math.round(sinceSeconds));
  return truth.p99Ms(at - OPTIONS.windowSeconds, at) / truth.p99Ms(since - OPTIONS.baselineSeconds, since);
}

export function borneOut(shape: Shape, alarm: Alarm): boolean {
  return shape.moves && alarm.trueRatio >= BORNE_OUT;
}
