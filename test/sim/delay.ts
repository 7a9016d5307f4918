import { detector } from './detector.ts';
import type { Shape } from './shapes.ts';
import { Source } from './source.ts';

const SECOND_NS = 1e9;
/** Who has not found it then has not found it. */
export const SOUGHT_SECONDS = 3600;

export type Step = { shape: Shape; rate: number; factor: number; healthySeconds: number };

/** Seconds from the true onset to the alarm; Infinity: not found; null: an episode was open at the onset. */
export function delay({ shape, rate, factor, healthySeconds }: Step, seed: number): number | null {
  const [source, drift] = [new Source(shape, rate, seed), detector()];
  for (let at = 0; at < healthySeconds; at++) drift.add(source.second());
  if (drift.read().episode) return null;
  const into = source.random.uniform();
  source.factor = factor;
  source.held = 1 - into;
  for (let at = 1; at <= SOUGHT_SECONDS; at++) {
    const changes = drift.add(source.second());
    source.held = 1;
    if (changes.some(({ kind }) => kind === 'began')) return at - into;
  }
  return Number.POSITIVE_INFINITY;
}

/** One that comes and goes. */
export type Spell = Step & { seconds: number; afterSeconds: number };

export type Told = {
  episodes: number;
  /** Of the first one: the told onset, and its end, after the true ones. Null: there is none. */
  sinceLateSeconds: number | null;
  endLateSeconds: number | null;
};

/** What is told of a drift that lasts whole seconds, and of the time after it. Null as in `delay`. */
export function spell(
  { shape, rate, factor, healthySeconds, seconds, afterSeconds }: Spell,
  seed: number,
): Told | null {
  const [source, drift] = [new Source(shape, rate, seed), detector()];
  const told: Told = { episodes: 0, sinceLateSeconds: null, endLateSeconds: null };
  const into = source.random.uniform();
  const [onset, end] = [healthySeconds + into, healthySeconds + seconds + into];
  for (let at = 1; at <= healthySeconds + seconds + afterSeconds; at++) {
    source.factor = at > onset && at - 1 < end ? factor : 1;
    source.held = Math.min(at, end) - Math.max(at - 1, onset);
    const changes = drift.add(source.second());
    if (at === healthySeconds && drift.read().episode) return null;
    for (const change of at > healthySeconds ? changes : []) {
      if (change.kind === 'began') {
        told.episodes++;
        told.sinceLateSeconds ??= change.episode.sinceNs / SECOND_NS - onset;
      }
      if (change.kind === 'ended') told.endLateSeconds ??= at - end;
    }
  }
  return told;
}
