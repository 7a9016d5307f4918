import type { Trimmed } from '../windows/trimmed.ts';

/** What the configuration says under `drift`. */
export type DriftOptions = {
  windowSeconds: number;
  baselineSeconds: number;
  /** A P99 below this multiple of the baseline's is no drift. */
  ratioMin: number;
  falseAlarmsPerPoolYear: number;
};

/** A pool's requests of about one second. */
export type Second = {
  /** CLOCK_MONOTONIC of its end. */
  atNs: number;
  requests: number;
  /** By bucket of src/windows/histogram.ts: the slowest of them at least, those below are counted in `requests` only. */
  tail: Trimmed;
};

/** What is normal for a pool; times in nanoseconds. */
export type Baseline = {
  p99Ns: number;
  /** Healthy time that it covers. */
  seconds: number;
  requests: number;
  /** It covers less than `drift.baseline` yet: small drifts wait. */
  young: boolean;
};

/** A P99 that has drifted and stays so. */
export type Episode = {
  /** CLOCK_MONOTONIC of its onset. */
  sinceNs: number;
  /** When it was declared. */
  foundNs: number;
  /** The window length on which it was found. */
  scaleSeconds: number;
};

/** Why an episode ended; `rebaselined`: it lasted so long that it is normal now; `anew`: a fresh baseline was begun. */
export type Ending = 'over' | 'rebaselined' | 'anew' | 'silent';

export type DriftChange =
  | { kind: 'armed'; baseline: Baseline }
  | { kind: 'began'; episode: Episode }
  | { kind: 'ended'; episode: Episode; atNs: number; why: Ending };

export type DriftReading = {
  /** Null until armed. */
  baseline: Baseline | null;
  /** Healthy seconds that are missing until the baseline is armed; 0 when it is. */
  armedInSeconds: number;
  episode: Episode | null;
};
