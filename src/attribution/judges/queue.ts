import { COMPONENTS, type Component } from '../../decode/sample.ts';
import { type Facts, growth, growths } from '../facts.ts';
import { type Judge, only, type Split, weighed } from '../judge.ts';
import { isFull } from '../signs.ts';

/** An event loop goes on with other requests while one waits for these. */
const LOOPS: ReadonlySet<string> = new Set(['go', 'node', 'nginx', 'redis']);
const FREE: ReadonlySet<Component> = new Set(['queue', 'blocked_epoll', 'unexplained']);
/** Less than this has not made a queue longer. */
const NOTICED = 0.05;

/**
 * Requests waited for a worker that was busy with others. A queue is a consequence: it grows with the time for which
 * workers are busy, requests a second x time a request / workers. So it belongs to the factors that have grown, by their
 * logarithms, and the time a request to the parts that have.
 */
export function queued(facts: Facts, judges: Readonly<Record<Component, Judge>>): readonly Split[] {
  const unserved = only(isFull(facts) ? 'load' : 'undersized-pool');
  const { change } = facts;
  if (change === null) return unserved;
  const { rate, size } = growths(facts);
  const held = (parts: Record<Component, number>) =>
    busyParts(facts).map((part) => ({ part, ns: Math.max(0, parts[part]) }));
  const [now, was] = [held(change.now.perRequestNs), held(change.was.perRequestNs)];
  const sum = (parts: readonly { ns: number }[]) => parts.reduce((all, { ns }) => all + ns, 0);
  const work = noticed(growth(sum(now), sum(was)));
  const grown = now.map(({ part, ns }, i) => ({ weight: Math.max(0, ns - was[i]!.ns), splits: judges[part](facts) }));
  return weighed(
    [
      { weight: noticed(rate), splits: unserved },
      { weight: noticed(-size), splits: only('undersized-pool') },
      { weight: work, splits: weighed(grown, unserved) },
    ],
    unserved,
  );
}

/** Parts of a request for which a worker is not there for others. */
function busyParts({ reading: { pool } }: Facts): Component[] {
  const loop = LOOPS.has(pool.kind);
  return COMPONENTS.filter((part) => !FREE.has(part) && !(loop && part === 'blocked_network'));
}

function noticed(grown: number): number {
  return grown >= NOTICED ? grown : 0;
}
