import { type Facts, GROWN, growths, rateNow, rateWas } from '../facts.ts';
import { only, partly, type Split, weighed } from '../judge.ts';
import { isKnown } from '../rivals.ts';
import { collectorShare, isCrowded, isOversized, isPressed, stealShare } from '../signs.ts';
import { moreWakeups } from './wakeups.ts';

/**
 * A quota is spent. Where more workers than it has CPUs for are new, they spend it at once: the remedy is the size.
 * Workers that are active count for nothing here: those that are throttled are among them.
 */
export function throttled(facts: Facts): readonly Split[] {
  const cut = growths(facts).limit <= -GROWN;
  return only(isNewlyOversized(facts) && !cut ? 'oversized-pool' : 'cpu-throttled');
}

/** Threads that come with requests must be twice as many for each. */
const FOR_EACH = Math.log(2);

/** More workers than CPUs, and it is their number that has grown, not what they have to do. */
function isNewlyOversized(facts: Facts): boolean {
  const { rate, cpu, size } = growths(facts);
  const { pool } = facts.reading;
  const configured = pool.size !== null && pool.sizeSource !== 'threads';
  const work = Math.max(0, rate, cpu) + (configured ? 0 : FOR_EACH);
  return isOversized(facts.reading) && size >= GROWN && size > work;
}

/** A smaller share of what others gained is company, not a neighbour. */
const NOTICED = 0.1;

/** Workers waited for a CPU: the remedies differ by whether strangers or their own kind had it. */
export function waited(facts: Facts): readonly Split[] {
  const { rivals } = facts;
  if (rivals === null || !isKnown(rivals)) return only('unexplained');
  const byNow = rivals.othersNs >= rivals.selfNs ? only('noisy-neighbour') : crowded(facts);
  const gained = gainedBy(facts);
  if (gained === null) return byNow;
  const { others, self } = gained;
  const whoRan = weighed(
    [
      { weight: others, splits: only('noisy-neighbour') },
      { weight: self, splits: behindEachOther(facts, self === 0 ? 0 : others / self) },
    ],
    byNow,
  );
  const { share, splits } = moreWakeups(facts);
  return weighed(
    [
      { weight: share, splits },
      { weight: 1 - share, splits: whoRan },
    ],
    whoRan,
  );
}

/** Workers that wait for a CPU, on average more than usual, by who ran; null: nothing to compare with. */
function gainedBy(facts: Facts): { others: number; self: number } | null {
  const gained = (rate: 'stolenByOthersWorkers' | 'stolenBySelfWorkers') => {
    const [now, was] = [rateNow(facts, rate), rateWas(facts, rate)];
    return now === null || was === null ? null : Math.max(0, now - was);
  };
  const [others, self] = [gained('stolenByOthersWorkers'), gained('stolenBySelfWorkers')];
  return others === null || self === null ? null : { others, self };
}

/**
 * Workers of the pool had the CPUs. What has grown shares that by the logarithms: requests, CPU time a request, the
 * size; and others, who hold up each worker and so those behind it. `others`: what they gained for each of ours.
 */
function behindEachOther(facts: Facts, others: number): readonly Split[] {
  const heldUp = others / (1 + others) >= NOTICED ? Math.log(1 + others) : 0;
  return weighed([{ weight: heldUp, splits: only('noisy-neighbour') }, ...ownGrowth(facts)], crowded(facts));
}

function ownGrowth(facts: Facts): { weight: number; splits: readonly Split[] }[] {
  const { rate, cpu, size } = growths(facts);
  if (isNewlyOversized(facts)) return [{ weight: size, splits: only('oversized-pool') }];
  return [
    { weight: rate >= GROWN ? rate : 0, splits: only('load') },
    { weight: cpu >= GROWN ? cpu : 0, splits: onCpu(facts) },
  ];
}

/** More of them wanted a CPU at once than there are, or they met on one by the kernel's placement. */
function crowded(facts: Facts): readonly Split[] {
  const own = ownGrowth(facts);
  if (own.some(({ weight }) => weight > 0)) return weighed(own, only('load'));
  if (!isCrowded(facts.reading)) return only('unexplained');
  return only(isOversized(facts.reading) ? 'oversized-pool' : 'load');
}

/** Less of the CPU time, or of what it gained, is everyday work of a collector, or of a hypervisor. */
const WORTH = 0.25;
const WORTH_GAINED = 0.1;

/** More CPU time: the hypervisor's, the collector's, the kernel's that looks for memory; else the program's own. */
export function onCpu(facts: Facts): readonly Split[] {
  const least = facts.change === null ? WORTH : WORTH_GAINED;
  const worth = (share: number) => (share >= least ? share : 0);
  const own = only(isPressed(facts) ? 'memory-pressure' : 'on-cpu');
  return partly('cpu-steal', worth(stealShare(facts)), partly('gc-pause', worth(collectorShare(facts)), own));
}
