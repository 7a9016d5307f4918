import { Labels } from '../../src/rules/labels.ts';
import type { Given } from '../lib/remote_write.ts';
import { Random } from './random.ts';

/** Samples stand at 1 to 9 ms after a multiple of 10 ms, queries and their windows at the multiples. */
export const GRID_MS = 10;
export const START_MS = 1_700_000_000_000;
export const MINUTES = 120;

type Value = (random: Random, index: number, before: number) => number | null | undefined;
const INSTANCES = ['a:9090', 'b:9090', 'c:9090'];

/** `undefined` from `value` is a gap, null the end of the series for now. */
function series(seed: number, labels: Record<string, string>, everyMs: number, value: Value): Given {
  const random = new Random(seed, labels.instance?.charCodeAt(0) ?? 0);
  const samples: [number, number | null][] = [];
  let before = Number.NaN;
  for (let at = 0, index = 0; at < MINUTES * 60_000; at += everyMs, index++) {
    const jitter =
      Math.floor(random.between(0, everyMs / 4) / GRID_MS) * GRID_MS + 1 + Math.floor(random.between(0, 9));
    const next = value(random, index, before);
    if (next !== undefined) samples.push([START_MS + at + jitter, next]);
    if (typeof next === 'number') before = next;
  }
  return { labels: Labels.of(labels), samples };
}

/** Rises, and falls back to a high value: so that "where it was 0" is far away, and a reset is one all the same. */
const counter: Value = (random, _, before) => {
  if (Number.isNaN(before) || random.uniform() < 0.01) return 1e6 + Math.floor(random.between(0, 50));
  return before + Math.floor(random.exponential(30));
};

/** From 0, and back to 0. */
const small: Value = (random, _, before) =>
  Number.isNaN(before) || random.uniform() < 0.02 ? 0 : before + random.exponential(2);

const gauge: Value = (random, _, before) => (Number.isNaN(before) ? 20 : before) + random.normal();

/** Leaves out a quarter of the samples, and whole stretches longer than the look back. */
const withGaps =
  (value: Value): Value =>
  (random, index, before) => {
    const next = value(random, index, before);
    return random.uniform() < 0.25 || index % 97 > 70 ? undefined : next;
  };

/** Each stretch ends with a staleness marker. */
const comesAndGoes =
  (value: Value): Value =>
  (random, index, before) =>
    index % 23 === 15 ? null : index % 23 > 15 ? undefined : value(random, index, before);

const odd: Value = (random) => {
  const pick = random.uniform();
  return pick < 0.1 ? Number.NaN : pick < 0.15 ? Number.POSITIVE_INFINITY : Math.round(random.normal() * 4);
};

function plain(instance: string, i: number): Given[] {
  const own = { instance, job: i === 2 ? 'batch' : 'web' };
  const methods = ['get', 'post'].flatMap((method) =>
    ['200', '500'].map((code) => ({ __name__: 'requests_total', ...own, method, code })),
  );
  return [
    ...methods.map((labels, n) => series(10 + n, labels, 15_000, i === 1 ? withGaps(counter) : counter)),
    series(20, { __name__: 'fresh_total', ...own }, 15_000, small),
    series(21, { __name__: 'temperature', ...own, zone: 'north' }, 15_000, gauge),
    series(22, { __name__: 'temperature', ...own, zone: 'süd "1"\\\n' }, 30_000, withGaps(gauge)),
    series(23, { __name__: 'queue', ...own }, 20_000, comesAndGoes(gauge)),
    series(24, { __name__: 'odd', ...own, path: '/😀' }, 15_000, odd),
    series(25, { __name__: 'build_info', ...own, version: `1.${i % 2}` }, 60_000, () => 1),
    series(26, { __name__: 'limit', instance }, 60_000, () => 20 + i),
    series(27, { __name__: 'limit_soft', instance }, 60_000, () => 17 - i),
  ];
}

const BOUNDS = ['0.005', '0.01', '0.05', '0.1', '0.5', '1', '+Inf'];

/** One sample of all its buckets at a time. */
function histogram(instance: string, i: number): Given[] {
  const random = new Random(99, i);
  const buckets = BOUNDS.map((le) => ({
    labels: named('latency_seconds_bucket', { instance, le }),
    samples: [] as [number, number][],
  }));
  const sum = { labels: named('latency_seconds_sum', { instance }), samples: [] as [number, number][] };
  const counts = BOUNDS.map(() => 0);
  let total = 0;
  for (let at = 0; at < MINUTES * 60_000; at += 15_000) {
    if (random.uniform() < 0.01) counts.fill(0);
    for (let n = random.exponential(20); n > 0; n--) {
      const seconds = random.exponential(0.08);
      total += seconds;
      for (const [b, bound] of BOUNDS.entries()) if (seconds <= Number(bound.replace('+Inf', 'Infinity'))) counts[b]!++;
    }
    const timeMs = START_MS + at + 1 + Math.floor(random.between(0, 9));
    for (const [b, bucket] of buckets.entries()) bucket.samples.push([timeMs, 1e5 * (b + 1) + counts[b]!]);
    sum.samples.push([timeMs, 1e5 + total]);
  }
  return [...buckets, sum];
}

function named(name: string, labels: Record<string, string>): Labels {
  return Labels.of({ __name__: name, ...labels });
}

/** Counters with resets, gaps, staleness, histograms, values that are no numbers; some fifty series of two hours. */
export function generatedSeries(): Given[] {
  return INSTANCES.flatMap((instance, i) => [...plain(instance, i), ...histogram(instance, i)]);
}
