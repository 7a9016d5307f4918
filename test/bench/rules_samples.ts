import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { COMPONENTS, STATES } from '../../src/decode/sample.ts';
import { BUILTIN_FILES } from '../../src/rules/builtin.ts';
import { Labels } from '../../src/rules/labels.ts';

export const POOLS = 64;
export const INTERVAL_MS = 5000;
/** One pool in so many has a fault. */
const FAULTY = 8;
const ROOT = join(import.meta.dirname, '../..');
/** As many as have a series of their own by default, and those that always have one. */
const THIEVES = [...Array.from({ length: 10 }, (_, i) => `batch-${i} /batch/report-${i}.service`), 'kernel', 'other'];
const NO_THIEVES = ['self', 'idle', 'unknown'];

/** What a metric is at a time since the start; `place` tells its series apart. */
type Course = (seconds: number, place: number) => number;
export type Stream = { labels: Labels; at: (step: number) => number };

/** Rises evenly but for a jitter of less than half an interval. */
const counter =
  (perSecond: number): Course =>
  (seconds, place) =>
    perSecond * (seconds + 2 * noise(seconds, place));
const gauge =
  (level: number): Course =>
  (seconds, place) =>
    level * (0.95 + 0.1 * noise(seconds, place));
const constant =
  (level: number): Course =>
  () =>
    level;

/** From 0 to 1, the same each time. */
function noise(seconds: number, place: number): number {
  let bits = Math.imul(seconds + 1, 0x9e3779b1) ^ Math.imul(place + 1, 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 15), 0x2c1b3c6d);
  return ((bits ^ (bits >>> 13)) >>> 0) / 2 ** 32;
}

/** Every metric that the built-in rules look at, each label set that the daemon gives it. */
export function streams(): Stream[] {
  const own = Array.from({ length: POOLS }, (_, index) => ofPool(index)).flat();
  return [...own, ...ofDaemon()].map(([name, labels, course], place) => ({
    labels: Labels.of({ __name__: `pooldrift_${name}`, instance: 'node-17', job: 'pooldrift', ...labels }),
    at: (step) => course((step * INTERVAL_MS) / 1000, place),
  }));
}

type Row = [name: string, labels: Record<string, string>, course: Course];

function ofDaemon(): Row[] {
  return [
    ['overhead_ratio', {}, gauge(0.004)],
    ...['sched', 'process', 'tcp'].flatMap((ring): Row[] => [
      ['ring_records_total', { ring }, counter(200)],
      ['ring_lost_total', { ring }, constant(0)],
    ]),
  ];
}

function ofPool(index: number): Row[] {
  const faulty = index % FAULTY === 0;
  const pool = `checkout-${index}`;
  const plain: [name: string, course: Course][] = [
    ['pool_size', constant(8)],
    ['pool_threads', constant(8)],
    ['pool_cpu_limit', constant(8)],
    ['pool_parallelism', gauge(3)],
    ['pool_demand', gauge(faulty ? 5 : 3.3)],
    ['pool_size_deviation', faulty ? gauge(4) : constant(0)],
    ['pool_gc_cycles_total', counter(faulty ? 1 : 0.1)],
    ['pool_gc_pause_seconds_total', counter(0.0001)],
    ['pool_heap_bytes', gauge(faulty ? 480e6 : 200e6)],
    ['pool_memory_limit_bytes', constant(512e6)],
    ['request_trusted', constant(1)],
    ['request_p99_drift_ratio', gauge(faulty ? 2 : 1)],
    ['tcp_accept_overflows_total', constant(3)],
    ['tcp_segments_sent_total', counter(1300)],
    ['tcp_retransmits_total', counter(faulty ? 60 : 2)],
  ];
  const rows = [...plain.map(([name, course]): Row => [name, {}, course]), ...ofLabels(faulty)];
  return rows.map(([name, labels, course]) => [name, { pool, ...labels }, course]);
}

function ofLabels(faulty: boolean): Row[] {
  const episode: Row[] = faulty ? [['drift_episode', { cause: 'noisy-neighbour' }, constant(1)]] : [];
  const tail = (component: string, when: string): Row => {
    const stands = component === 'throttled' && faulty;
    return ['request_tail_seconds', { component, when }, gauge(stands ? 0.01 : 0.001)];
  };
  return [
    ...episode,
    ...STATES.map((state): Row => ['pool_time_seconds_total', { state }, counter(state === 'oncpu' ? 3 : 0.3)]),
    ...[...THIEVES, ...NO_THIEVES].map(
      (thief, i): Row => ['pool_stolen_seconds_total', { thief }, counter(faulty && i === 0 ? 1 : 0.01)],
    ),
    ...['now', 'baseline'].flatMap((when) => COMPONENTS.map((component) => tail(component, when))),
  ];
}

/** The built-in rule files as JSON, all groups in the interval of whoever evaluates them. */
export function ruleFiles(): { file: string; text: string }[] {
  return BUILTIN_FILES.map((file) => {
    const { groups }: { groups: object[] } = parse(readFileSync(join(ROOT, file), 'utf8'));
    return { file, text: JSON.stringify({ groups: groups.map((group) => ({ ...group, interval: undefined })) }) };
  });
}
