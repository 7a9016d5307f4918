import { COMPONENTS, type Component } from '../../decode/sample.ts';
import { cpuPerRequestNs, type Facts, growth, growths, type Side } from '../facts.ts';
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
  const { rate, cpu, size } = growths(facts);
  const [now, was] = [busyNs(facts, change.now, cpu), busyNs(facts, change.was, cpu)];
  const sum = (parts: ReadonlyMap<Component, number>) => [...parts.values()].reduce((all, ns) => all + ns, 0);
  const grown = [...now].map(([part, ns]) => {
    return { weight: Math.max(0, ns - was.get(part)!), splits: judges[part](facts) };
  });
  return weighed(
    [
      { weight: noticed(rate), splits: unserved },
      { weight: noticed(-size), splits: only('undersized-pool') },
      { weight: noticed(growth(sum(now), sum(was))), splits: weighed(grown, unserved) },
    ],
    unserved,
  );
}

/** For how long a request keeps a worker from others, by part: on-CPU time beside the requests too where it has grown. */
function busyNs({ reading: { pool } }: Facts, side: Side, cpu: number): Map<Component, number> {
  const loop = LOOPS.has(pool.kind);
  const parts = COMPONENTS.filter((part) => !FREE.has(part) && !(loop && part === 'blocked_network'));
  const busy = new Map(parts.map((part) => [part, Math.max(0, side.perRequestNs[part])]));
  const all = cpuPerRequestNs(side);
  if (cpu >= NOTICED && all !== null) busy.set('oncpu', Math.max(busy.get('oncpu')!, all));
  return busy;
}

function noticed(grown: number): number {
  return grown >= NOTICED ? grown : 0;
}
