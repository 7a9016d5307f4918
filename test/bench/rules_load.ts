// rules_load START_MS STEPS, under --expose-gc: so many intervals of samples, the rules evaluated after each, as fast as
// they go; prints what it took as JSON. Then for each line, the number of a later interval, one more up to it: Evaluated.
import { createInterface } from 'node:readline';
import { Labels } from '../../src/rules/labels.ts';
import { loadRules } from '../../src/rules/load/load.ts';
import { needsOf } from '../../src/rules/needs.ts';
import { Rules } from '../../src/rules/run/rules.ts';
import { Store } from '../../src/rules/store/store.ts';
import { INTERVAL_MS, ruleFiles, streams } from './rules_samples.ts';

export type Hour = {
  series: number;
  rules: number;
  /** As the store counts them, with what the rules write. */
  storeSeries: number;
  storeBytes: number;
  /** What they grew by; heap and array buffers after a full collection. */
  heapBytes: number;
  rssBytes: number;
};
/** `alerts`: the labels of those that are pending or firing. */
export type Evaluated = { appendMs: number; evaluateMs: number; alerts: Record<string, string>[] };

const LIMITS = { seriesMax: 1e6, bytesMax: 2 ** 30, keepMs: 0 };
const SAMPLES_MAX = 5e7;

class Load {
  readonly #startMs: number;
  readonly #streams = streams();
  readonly #store = new Store(LIMITS);
  readonly #rules = new Rules(this.#store, {
    samplesMax: SAMPLES_MAX,
    externalLabels: Labels.NONE,
    intervalMs: INTERVAL_MS,
  });
  readonly #ruleCount: number;
  #step = 0;

  constructor(startMs: number) {
    this.#startMs = startMs;
    const loaded = ruleFiles().map(({ file, text }) => loadRules(text, file));
    const groups = loaded.flatMap((each) => each.groups);
    this.#ruleCount = groups.reduce((sum, { rules }) => sum + rules.length, 0);
    const given = new Set(this.#streams.map(({ labels }) => labels.get('__name__')));
    const needed = needsOf(groups).names!;
    if (needed.symmetricDifference(given).size > 0)
      throw new Error(`needed and given differ: ${[...needed.symmetricDifference(given)]}`);
    this.#rules.replace(groups, startMs);
  }

  /** One interval. */
  next(): Evaluated {
    const atMs = this.#startMs + this.#step * INTERVAL_MS;
    const begin = performance.now();
    for (const { labels, at } of this.#streams) this.#store.append(labels, atMs, at(this.#step));
    const appended = performance.now();
    const outcomes = this.#rules.evaluate(atMs);
    const evaluateMs = performance.now() - appended;
    const faults = outcomes.flatMap(({ fault }) => fault ?? []);
    if (outcomes.length !== this.#ruleCount || faults.length > 0)
      throw new Error(`${outcomes.length} rules were evaluated instead of ${this.#ruleCount}: ${faults}`);
    this.#step++;
    return { appendMs: appended - begin, evaluateMs, alerts: this.#active() };
  }

  #active(): Record<string, string>[] {
    const active = this.#rules.alerts().filter(({ phase }) => phase !== 'resolved');
    return active.map(({ labels }) => Object.fromEntries(labels.pairs));
  }

  upTo(step: number): Evaluated {
    while (this.#step < step) this.next();
    return this.next();
  }

  hour(steps: number): Hour {
    const before = inUse();
    while (this.#step < steps) this.next();
    const after = inUse();
    return {
      series: this.#streams.length,
      rules: this.#ruleCount,
      storeSeries: this.#store.seriesCount,
      storeBytes: this.#store.bytes,
      heapBytes: after.heapBytes - before.heapBytes,
      rssBytes: after.rssBytes - before.rssBytes,
    };
  }
}

function inUse(): { heapBytes: number; rssBytes: number } {
  globalThis.gc!();
  globalThis.gc!();
  const { heapUsed, arrayBuffers, rss } = process.memoryUsage();
  return { heapBytes: heapUsed + arrayBuffers, rssBytes: rss };
}

const [startMs, steps] = process.argv.slice(2).map(Number);
const load = new Load(startMs!);
const say = (what: Hour | Evaluated) => process.stdout.write(`${JSON.stringify(what)}\n`);
say(load.hour(steps!));
createInterface({ input: process.stdin }).on('line', (line) => say(load.upTo(Number(line))));
