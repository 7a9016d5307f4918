import type { CpuLimits } from '../cpulimit.ts';
import type { Kind, SizeSource } from '../pool.ts';
import type { ProcessView } from '../view.ts';

/** Configured workers and how that is known; `reason` is one sentence for a person. */
export type Sized = { size: number | null; source: SizeSource; reason: string };

/** One kind of worker pool: how it is recognised by its top process, and how many workers it is meant to have. */
export type KindRules = {
  kind: Kind;
  recognise(top: ProcessView): boolean;
  /** `members` are the pool's processes, ascending by id. */
  size(members: readonly ProcessView[], limits: CpuLimits): Sized;
};

export function unknown(reason: string): Sized {
  return { size: null, source: 'unknown', reason };
}

/** Sizes of processes side by side add up; one of unknown size makes the sum unknown. */
export function sum(sizes: readonly Sized[]): Sized {
  const [first] = sizes;
  if (!first) return unknown('no process');
  const lost = sizes.find((sized) => sized.size === null);
  if (sizes.length === 1 || lost) return lost ?? first;
  const size = sizes.reduce((total, sized) => total + sized.size!, 0);
  return { size, source: first.source, reason: `${sizes.length} processes, the first: ${first.reason}` };
}

export function cpuUser(view: ProcessView) {
  return { cgroups: view.cgroups, cpusAllowed: view.status?.cpusAllowed ?? '' };
}
