import type { Facts } from '../facts.ts';
import { only, partly, type Split } from '../judge.ts';
import { isLossy, isPressed, isShortOfWorkers, pauseShare } from '../signs.ts';

/** A lock of the program, or the barrier at which a collector has all threads wait. */
export function locked(facts: Facts): readonly Split[] {
  const paused = pauseShare(facts, facts.change?.gainedNs.blocked_lock ?? 0);
  return partly('gc-pause', paused, waiting(facts, 'lock-contention'));
}

export function io(facts: Facts): readonly Split[] {
  return isPressed(facts) ? only('memory-pressure') : waiting(facts, 'disk-io');
}

export function fault(): readonly Split[] {
  return only('memory-pressure');
}

/** Slow requests that come in pieces wait for their clients: counted from their last byte they are not slow. */
export function network(facts: Facts): readonly Split[] {
  const { p99Ns = null, p99LastNs = null } = facts.reading.request ?? {};
  if (p99Ns !== null && p99LastNs !== null && p99LastNs < p99Ns / 2) return only('network');
  return answers(facts);
}

/** Others answer late, or what they say is lost on the way. */
export function answers(facts: Facts): readonly Split[] {
  return isLossy(facts) ? only('network') : waiting(facts, 'downstream');
}

export function unexplained(facts: Facts): readonly Split[] {
  return waiting(facts, 'unexplained');
}

/** Without a call that would say what for. */
export function other(facts: Facts): readonly Split[] {
  return isPressed(facts) ? only('memory-pressure') : only('unexplained');
}

function waiting(facts: Facts, cause: 'lock-contention' | 'disk-io' | 'downstream' | 'unexplained'): readonly Split[] {
  return only(isShortOfWorkers(facts) ? 'undersized-pool' : cause);
}
