import {
  cpuPerRequestNs,
  type Facts,
  GROWN,
  type Growths,
  growth,
  growths,
  rateNow,
  rateWas,
} from '../attribution/facts.ts';
import { count, duration } from './units.ts';

/** What has changed against the baseline, a sentence each; empty where it has not, or is not known. */
export type Changed = Record<'rate' | 'cpu' | 'size' | 'limit' | 'overflows', string>;

export function changed(facts: Facts): Changed {
  const grown = growths(facts);
  const say = (key: keyof Growths, direction: 1 | -1, sentence: () => string) =>
    facts.change !== null && direction * grown[key] >= GROWN ? sentence() : '';
  return {
    rate: say('rate', 1, () => came(facts)),
    cpu: say('cpu', 1, () => took(facts)),
    size: say('size', grown.size < 0 ? -1 : 1, () => `Usually its size is ${whole(workersWas(facts))}.`),
    limit: say('limit', -1, () => `Usually it may use ${rateWas(facts, 'cpuLimitCpus')!.toFixed(1)} CPUs.`),
    overflows: overflows(facts),
  };
}

function came({ change }: Facts): string {
  return `${perSecond(change!.now.requestsPerSecond)} requests/s come, usually ${perSecond(change!.was.requestsPerSecond)}.`;
}

/** By all of the pool's CPU time: on an event loop a request's own holds that of others which were served meanwhile. */
function took({ change }: Facts): string {
  const [now, was] = [change!.now, change!.was].map((side) => cpuPerRequestNs(side) ?? side.perRequestNs.oncpu);
  return growth(now, was) >= GROWN
    ? `A request takes ${duration(now! / 1e9)} of CPU time, usually ${duration(was! / 1e9)}.`
    : '';
}

function workersWas(facts: Facts): number {
  return rateWas(facts, 'size') ?? rateWas(facts, 'workers') ?? 0;
}

/** Connections that nobody accepted in time: whatever is slow, the workers have no time for them. */
function overflows(facts: Facts): string {
  const lost = rateNow(facts, 'acceptOverflowsPerSecond') ?? 0;
  if (lost <= 2 * (rateWas(facts, 'acceptOverflowsPerSecond') ?? 0)) return '';
  return `${perSecond(lost)} connections a second find its accept queue full.`;
}

export function perSecond(value: number): string {
  return value < 9.95 ? value.toFixed(1) : count(Math.round(value));
}

function whole(value: number): string {
  return count(Math.round(value));
}

/** ` (usually 0.05)`; empty where that is not known. */
export function usually(was: string | null): string {
  return was === null ? '' : ` (usually ${was})`;
}
