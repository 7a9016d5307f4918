import { type Facts, GROWN, growths, rateNow, rateWas } from '../facts.ts';
import { only, partly, type Split, weighed } from '../judge.ts';
import { collectorShare, isCrowded, isOversized, isPressed, stealShare } from '../signs.ts';

/**
 * A quota is spent. Where more workers than it has CPUs for are new, they spend it at once: the remedy is the size.
 * Workers that are active count for nothing here: those that are throttled are among them.
 */
export function throttled(facts: Facts): readonly Split[] {
  const { rate, cpu, size, limit } = growths(facts);
  const tooMany = isOversized(facts.reading) && size >= GROWN && size > Math.max(rate, cpu);
  return only(tooMany && limit > -GROWN ? 'oversized-pool' : 'cpu-throttled');
}

/** A smaller share of what others gained is company, not a neighbour. */
const NOTICED = 0.1;

/** Workers waited for a CPU: the remedies differ by whether strangers or their own kind had it. */
export function waited(facts: Facts): readonly Split[] {
  const { rivals } = facts;
  if (rivals === null || rivals.unknownNs > rivals.waitedNs / 2) return only('unexplained');
  const gained = gainedBy(facts);
  if (gained === null) return rivals.othersNs >= rivals.selfNs ? only('noisy-neighbour') : crowded(facts);
  const { rate, cpu, size } = growths(facts);
  const asEver = Math.max(rate, cpu, size) < GROWN;
  // With the same work and size they only stand behind each other because somebody else has held them up.
  if (asEver && gained.others >= NOTICED * (gained.others + gained.self)) return only('noisy-neighbour');
  return weighed(
    [
      { weight: gained.others, splits: only('noisy-neighbour') },
      { weight: gained.self, splits: crowded(facts) },
    ],
    rivals.othersNs >= rivals.selfNs ? only('noisy-neighbour') : crowded(facts),
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

/** Workers of the pool had the CPUs: what has grown, or else the size, is why they are too many for them. */
function crowded(facts: Facts): readonly Split[] {
  const { rate, cpu, size } = growths(facts);
  const tooMany = isOversized(facts.reading);
  if (tooMany && size >= GROWN && size > Math.max(rate, cpu)) return only('oversized-pool');
  if (Math.max(rate, cpu) >= GROWN) {
    return weighed(
      [
        { weight: rate, splits: only('load') },
        { weight: cpu, splits: onCpu(facts) },
      ],
      only('load'),
    );
  }
  if (!isCrowded(facts.reading)) return only('unexplained');
  return only(tooMany ? 'oversized-pool' : 'load');
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
