import { join } from 'node:path';
import { scratch } from './build.ts';
import { start } from './children.ts';
import type { Spent } from './drift_load.ts';
import { collect } from './held.ts';
import type { BenchOptions, Part, Section } from './part.ts';
import { type Spread, spread } from './stats.ts';

const LOAD = join(import.meta.dirname, 'drift_load.ts');

/** What drift and attribution take for 64 pools, in a process of their own. */
export const drift: Part = { name: 'drift', run: driftSection };

async function driftSection({ pairs, progress }: BenchOptions): Promise<Section> {
  progress('drift: two hours of 64 pools, then pairs of five minutes, as fast as they go');
  const command = [process.execPath, '--expose-gc', LOAD, `${pairs}`, join(scratch(), 'drift')];
  const child = start(command, { stdio: ['ignore', 'pipe', 'inherit'] });
  const { pools, perSecond, intervalSeconds, ...spent }: Spent = JSON.parse(await collect(child));
  const [seconds, all] = [spread(spent.secondsShares), spread(spent.shares)];
  const row = (name: string, { median, low, high }: Spread) => [
    name,
    percent(median),
    `${percent(low)} to ${percent(high)}`,
  ];
  const cpu = {
    title: `${pools} pools with ${perSecond} requests/s each and a baseline of an hour, ${all.count} pairs of five minutes`,
    head: ['CPU, % of one core', 'median', 'quartiles'],
    rows: [
      row('their seconds, and what is kept of them on disk', seconds),
      row(`and every ${intervalSeconds} s what is usual for each, and its causes`, all),
    ],
  };
  const memory = {
    title: 'Of each pool',
    head: ['what', 'KB'],
    rows: [
      ['memory (heap and array buffers)', kilobytes(spent.bytesPerPool)],
      ['on disk', kilobytes(spent.savedBytes)],
    ],
  };
  const target = { name: `drift and attribution of ${pools} pools`, value: 100 * all.median, limit: 0.2 };
  return {
    name: 'Drift',
    tables: [cpu, memory],
    targets: [{ ...target, unit: '% of one core' }],
    notes: ['Fed as the daemon feeds them, from counters that grow; what makes the counters grow is taken off.'],
  };
}

function percent(share: number): string {
  return (100 * share).toFixed(3);
}

function kilobytes(bytes: number): string {
  return (bytes / 1024).toFixed(0);
}
