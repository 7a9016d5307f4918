import type { Component } from '../../decode/sample.ts';
import { type Change, type Facts, growth } from '../facts.ts';
import { type Judge, type Split, weighed } from '../judge.ts';
import { answers, fault, io, locked, network, other } from './blocked.ts';

const BLOCKED: Partial<Record<Component, Judge>> = {
  blocked_lock: locked,
  blocked_io: io,
  blocked_network: network,
  blocked_epoll: answers,
  blocked_fault: fault,
  blocked_other: other,
};

/** With less than this of what the run queue gained, being blocked has not made it longer. */
const NOTICED = 0.1;

/**
 * A worker that blocks more often in a request waits for a CPU more often too, at each return, though nobody runs longer
 * than before. The share of the run queue's growth that comes of it, by the logarithms of wake-ups a request and of the
 * wait, and whose it is: of what it was blocked on.
 */
export function moreWakeups(facts: Facts): { share: number; splits: readonly Split[] } {
  const { change } = facts;
  if (change === null) return { share: 0, splits: [] };
  const wait = growth(perRequest(change, 'now', 'runqueueWorkers'), perRequest(change, 'was', 'runqueueWorkers'));
  const often = growth(
    perRequest(change, 'now', 'voluntaryPerSecond'),
    perRequest(change, 'was', 'voluntaryPerSecond'),
  );
  const gained = (part: Component) => Math.max(0, change.now.perRequestNs[part] - change.was.perRequestNs[part]);
  const parts = Object.entries(BLOCKED) as [Component, Judge][];
  const blocked = parts.reduce((sum, [part]) => sum + gained(part), 0);
  if (wait <= 0 || often <= 0 || blocked <= NOTICED * gained('runqueue')) return { share: 0, splits: [] };
  const splits = weighed(
    parts.map(([part, judge]) => ({ weight: gained(part), splits: judge(facts) })),
    [],
  );
  return { share: Math.min(1, often / wait), splits };
}

function perRequest(
  change: Change,
  when: 'was' | 'now',
  rate: 'runqueueWorkers' | 'voluntaryPerSecond',
): number | null {
  const { signals, requestsPerSecond } = change[when];
  const value = signals?.[rate] ?? null;
  return value === null || requestsPerSecond === 0 ? null : value / requestsPerSecond;
}
