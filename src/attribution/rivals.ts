import type { Stolen } from '../windows/recent_thieves.ts';
import { thiefOf } from '../windows/thief_names.ts';

/** One process, or all kernel threads, that ran while a pool's workers waited for a CPU. */
export type Thief = {
  comm: string;
  /** Empty: of kernel threads. */
  cgroup: string;
  stolenNs: number;
};

/** Who ran while a pool's workers were in the run queue. */
export type Rivals = {
  /** Over how long. */
  durationNs: number;
  /** Workers' run-queue time; the parts below sum to it. */
  waitedNs: number;
  /** Other processes and kernel threads. */
  othersNs: number;
  /** The pool's own workers. */
  selfNs: number;
  /** Nobody, or not known whom. */
  unknownNs: number;
  /** The greatest of the others that has a name. */
  thief: Thief | null;
};

/** They stand together. */
const KERNEL: Omit<Thief, 'stolenNs'> = { comm: 'kernel threads', cgroup: '' };

/** Null where nobody waited. */
export function rivalsOf({ stolenNs, durationNs }: Stolen): Rivals | null {
  const stolen = [...stolenNs].filter(([, ns]) => ns > 0);
  const sum = (wanted: (label: string) => boolean) =>
    stolen.reduce((all, [label, ns]) => (wanted(label) ? all + ns : all), 0);
  const waitedNs = sum(() => true);
  if (waitedNs === 0) return null;
  const selfNs = sum((label) => label === 'self');
  const unknownNs = sum((label) => label === 'unknown' || label === 'idle');
  return { durationNs, waitedNs, othersNs: waitedNs - selfNs - unknownNs, selfNs, unknownNs, thief: greatest(stolen) };
}

/** Of the time waited, where who ran is known for less than half: so much of it is a sample all the same. */
const SAMPLE = 0.01;
/** Of the sample. */
const OWN = 0.9;

/**
 * Who ran is known well enough. The walk back over a long wait ends after 256 changes of the CPU's owner, and many
 * workers of one pool that take turns make more: where nearly all that is known were they, so was the rest. A neighbour
 * is not named on a sample.
 */
export function isKnown({ waitedNs, othersNs, selfNs, unknownNs }: Rivals): boolean {
  if (unknownNs <= waitedNs / 2) return true;
  const knownNs = othersNs + selfNs;
  return knownNs >= SAMPLE * waitedNs && selfNs >= OWN * knownNs;
}

function greatest(stolen: readonly (readonly [string, number])[]): Thief | null {
  const named = stolen.flatMap(([label, stolenNs]): Thief[] => {
    const who = label === 'kernel' ? KERNEL : thiefOf(label);
    return who === null ? [] : [{ ...who, stolenNs }];
  });
  return named.reduce<Thief | null>((best, one) => (best === null || one.stolenNs > best.stolenNs ? one : best), null);
}
