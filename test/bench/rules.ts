import { type ChildProcess, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { has } from '../lib/build.ts';
import { undoAll } from '../lib/cleanup.ts';
import { Prometheus } from '../lib/prometheus.ts';
import { end, start } from './children.ts';
import type { BenchOptions, Part, Section } from './part.ts';
import type { Evaluated, Hour } from './rules_load.ts';
import { INTERVAL_MS, POOLS, ruleFiles, type Stream, streams } from './rules_samples.ts';
import { type Spread, spread } from './stats.ts';

const LOAD = join(import.meta.dirname, 'rules_load.ts');
const DAEMON = join(import.meta.dirname, '../../bin/pooldrift');
const HOUR_STEPS = 3_600_000 / INTERVAL_MS;
/** Loading takes its time: what is evaluated must be there by then. */
const AHEAD_STEPS = 120;
const SLICE_STEPS = 60;
/** Prometheus's evaluations after the rules are loaded that do not count, as the daemon's first ones. */
const WARM_UP = 3;

type Pair = Evaluated & { theirsMs: number };

/** All built-in rules over an hour of samples, beside a real Prometheus. */
export const rules: Part = { name: 'rules', run: rulesSection };

async function rulesSection(options: BenchOptions): Promise<Section> {
  const name = 'Rules';
  if (!has('prometheus')) return { name, tables: [], targets: [], notes: ['Not measured: no prometheus.'] };
  const startMs = Math.floor(Date.now() / INTERVAL_MS) * INTERVAL_MS - HOUR_STEPS * INTERVAL_MS;
  try {
    options.progress(`rules: an hour of ${POOLS} pools into Prometheus`);
    const server = await loaded(startMs, options.pairs);
    options.progress(`rules: an hour of ${POOLS} pools, all rules evaluated ${HOUR_STEPS} times`);
    const ours = await Ours.start(startMs);
    try {
      return section(name, ours.hour, await pairsOf(ours, server, startMs, options));
    } finally {
      await ours.end();
    }
  } finally {
    await undoAll();
  }
}

/** A Prometheus with the hour and what comes after it; its rules see only what is no later than they. */
async function loaded(startMs: number, pairs: number): Promise<Prometheus> {
  const server = await Prometheus.start();
  const all = streams();
  const steps = HOUR_STEPS + AHEAD_STEPS + pairs;
  for (let from = 0; from < steps; from += SLICE_STEPS)
    await server.write(all.map((stream) => slice(stream, startMs, from, Math.min(steps, from + SLICE_STEPS))));
  const evaluation_interval = `${INTERVAL_MS / 1000}s`;
  const files = ruleFiles().map(({ file, text }) => [file.replaceAll('/', '-'), text]);
  await server.reload({ global: { evaluation_interval } }, Object.fromEntries(files));
  return server;
}

function slice({ labels, at }: Stream, startMs: number, from: number, to: number) {
  const samples = Array.from({ length: to - from }, (_, i): [number, number] => [
    startMs + (from + i) * INTERVAL_MS,
    at(from + i),
  ]);
  return { labels, samples };
}

/** The daemon's rules, in a process of their own. */
class Ours {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  readonly hour: Hour;

  private constructor(child: ChildProcess, lines: AsyncIterator<string>, hour: Hour) {
    this.#child = child;
    this.#lines = lines;
    this.hour = hour;
  }

  static async start(startMs: number): Promise<Ours> {
    const command = [process.execPath, ...asDaemon(), '--expose-gc', LOAD, `${startMs}`, `${HOUR_STEPS}`];
    const env = { ...process.env, MALLOC_ARENA_MAX: '1' };
    const child = start(command, { stdio: ['pipe', 'pipe', 'inherit'], env });
    const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
    return new Ours(child, lines, await next(lines));
  }

  async evaluate(step: number): Promise<Evaluated> {
    this.#child.stdin!.write(`${step}\n`);
    return next(this.#lines);
  }

  end(): Promise<void> {
    return end(this.#child);
  }
}

/** The flags that the daemon gives its Node. */
function asDaemon(): string[] {
  const flags = /^set -- node ((?:--\S+ )+)"\$entry"/m.exec(readFileSync(DAEMON, 'utf8'))?.[1];
  if (!flags) throw new Error(`no flags of Node in ${DAEMON}`);
  return flags.trim().split(' ');
}

async function next<T>(lines: AsyncIterator<string>): Promise<T> {
  const { value, done } = await lines.next();
  if (done) throw new Error('the rules have ended');
  return JSON.parse(value) as T;
}

/** One a turn: Prometheus evaluates each group once in an interval. */
async function pairsOf(ours: Ours, server: Prometheus, startMs: number, options: BenchOptions): Promise<Pair[]> {
  const found: Pair[] = [];
  let [evaluated, before] = [0, await groupsOf(server)];
  for (let turn = 1 - WARM_UP; turn <= options.pairs; turn++) {
    options.progress(`rules: pair ${Math.max(turn, 1)} of ${options.pairs}`);
    const step = Math.floor((Date.now() - startMs) / INTERVAL_MS);
    if (step <= evaluated || step >= HOUR_STEPS + AHEAD_STEPS + options.pairs)
      throw new Error(`interval ${step} after ${evaluated}: loading took too long`);
    const mine = await ours.evaluate(step);
    await sleep(Math.max(0, startMs + (step + 1.5) * INTERVAL_MS - Date.now()));
    const now = await evaluatedSince(server, before);
    if (turn > 0) found.push({ ...mine, theirsMs: sum([...now.values()].map(({ tookMs }) => tookMs)) });
    [evaluated, before] = [step, now];
    assertSame(mine, await server.alerts());
  }
  return found;
}

/** When each group has been evaluated once more, at the latest after a minute. */
async function evaluatedSince(server: Prometheus, before: Map<string, Group>): Promise<Map<string, Group>> {
  for (let tries = 0; tries < 60; tries++) {
    const now = await groupsOf(server);
    if (now.size > 0 && [...now].every(([group, { atSeconds }]) => before.get(group)?.atSeconds !== atSeconds))
      return now;
    await sleep(1000);
  }
  throw new Error('Prometheus does not evaluate all groups');
}

type Group = { atSeconds: number; tookMs: number };

/** The newest evaluation of each group. */
async function groupsOf(server: Prometheus): Promise<Map<string, Group>> {
  const text = await server.metrics();
  const values = (what: string) => {
    const form = new RegExp(`^prometheus_rule_group_${what}\\{rule_group="(.*)"\\} (\\S+)$`, 'gm');
    return new Map([...text.matchAll(form)].map(([, group, value]) => [group!, Number(value)]));
  };
  const at = values('last_evaluation_timestamp_seconds');
  const entries = [...values('last_duration_seconds')].map(([group, seconds]): [string, Group] => [
    group,
    { atSeconds: at.get(group)!, tookMs: 1000 * seconds },
  ]);
  return new Map(entries);
}

/** The same alerts, or both have not done the same work. */
function assertSame({ alerts }: Evaluated, theirs: readonly { labels: Record<string, string> }[]): void {
  const texts = (labels: Record<string, string>[]) => labels.map((each) => JSON.stringify(Object.entries(each).sort()));
  const [mine, other] = [texts(alerts), texts(theirs.map(({ labels }) => labels))].map((all) => new Set(all));
  const only = [...mine!.symmetricDifference(other!)];
  if (only.length > 0) throw new Error(`Prometheus has other alerts: ${only.length}, such as ${only[0]}`);
}

function section(name: string, hour: Hour, pairs: readonly Pair[]): Section {
  const of = (key: 'evaluateMs' | 'appendMs' | 'theirsMs') => spread(pairs.map((pair) => pair[key]));
  const [ours, theirs] = [of('evaluateMs'), of('theirsMs')];
  const row = (what: string, { median, low, high }: Spread) => [
    what,
    median.toFixed(2),
    `${low.toFixed(2)} to ${high.toFixed(2)}`,
  ];
  const time = {
    title: `${hour.rules} rules over ${POOLS} pools, ${hour.series} series, an hour at ${INTERVAL_MS / 1000} s, ${pairs.length} pairs: milliseconds`,
    head: ['what', 'ms', 'quartiles'],
    rows: [
      row('all rules, here', ours),
      row(`all rules, ${version()}`, theirs),
      row('here: one interval of samples taken in', of('appendMs')),
    ],
  };
  const memory = {
    title: `Memory after the hour, ${hour.storeSeries} series with what the rules write`,
    head: ['what', 'MB'],
    rows: [
      ['store, as it counts itself against its limit', megabytes(hour.storeBytes)],
      ['heap and array buffers grew by', megabytes(hour.heapBytes)],
      ['RSS grew by', megabytes(hour.rssBytes)],
    ],
  };
  return {
    name,
    tables: [time, memory],
    targets: [
      { name: 'all rules', value: ours.median, limit: 50, unit: 'ms' },
      { name: 'all rules: beside Prometheus', value: ours.median / theirs.median, limit: 1, unit: 'of its time' },
    ],
    notes: notes(pairs.at(-1)!.alerts.length),
  };
}

function notes(alerts: number): string[] {
  return [
    `Both have the same samples, and after each pair the same ${alerts} alerts, by their labels (checked); all groups have one interval. The store keeps what the rules look back on, 10 minutes.`,
    "Prometheus's time is the sum over its groups of prometheus_rule_group_last_duration_seconds; both write ALERTS and ALERTS_FOR_STATE.",
    "Here: a process of its own with the flags of the daemon's Node. The hour goes by as fast as it can, evaluated each interval; the RSS is that of a heap that is given no rest, and holds what V8 has not collected.",
  ];
}

function version(): string {
  const { stdout, stderr } = spawnSync('prometheus', ['--version'], { encoding: 'utf8' });
  return `Prometheus ${/version (\d[\d.]*)/.exec(stdout + stderr)?.[1] ?? ''}`.trim();
}

function sum(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0);
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}
