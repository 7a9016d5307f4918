import { once } from 'node:events';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { bpfObject } from './build.ts';
import type { BenchOptions, Part, Section } from './part.ts';
import { IN_PLACE, WAYS } from './ring-ways.ts';
import { median, spread } from './stats.ts';

/** So many fills a pair. */
const FILLS = 5;
const WARM_UP_FILLS = 20;
const WORKER = join(import.meta.dirname, 'ring-worker.ts');

/** How long a record takes from the ring into JavaScript. */
export const ring: Part = { name: 'ring', run: ringSection };

async function ringSection({ pairs, progress }: BenchOptions): Promise<Section> {
  progress('ring');
  const path = bpfObject('ring');
  const workers = new Map(Object.keys(WAYS).map((name) => [name, new Worker(WORKER, { workerData: { name, path } })]));
  const ns = new Map<string, number[]>(Object.keys(WAYS).map((name) => [name, []]));
  try {
    for (let fill = 0; fill < WARM_UP_FILLS + pairs * FILLS; fill++) {
      for (const [name, worker] of workers) {
        const fill_ns = await ask(worker);
        if (fill >= WARM_UP_FILLS) ns.get(name)!.push(fill_ns);
      }
    }
    return describe(ns);
  } finally {
    for (const worker of workers.values()) await worker.terminate();
  }
}

async function ask(worker: Worker): Promise<number> {
  worker.postMessage('fill');
  return (await once(worker, 'message'))[0];
}

const NOTES = [
  `Ways take turns, each in a thread of its own, after ${WARM_UP_FILLS} fills to warm the compiler up; the ring is filled before it is read.`,
  'A ProcessEvent is an object with its command name made printable.',
];

function describe(ns: Map<string, number[]>): Section {
  const rows = [...ns].map(([name, values]) => {
    const { low, median: middle, high } = spread(values);
    return [name, middle.toFixed(1), `${low.toFixed(1)} to ${high.toFixed(1)}`];
  });
  const title = `A record of 56 bytes from the BPF ring buffer to JavaScript, 60,000 a fill: nanoseconds a record`;
  const targets = [{ name: IN_PLACE, value: median(ns.get(IN_PLACE)!), limit: 20, unit: 'ns' }];
  return { name: 'Ring', tables: [{ title, head: ['way', 'ns', 'quartiles'], rows }], targets, notes: NOTES };
}
