import type { LiveHistory, LivePool, LiveSpark, Value } from '../../outputs/live.ts';
import { svg } from './dom.ts';

const HOUR_MS = 3_600_000;
/** A daemon that is young fills the line all the same. */
const LEAST_MS = 120_000;
const [WIDTH, HEIGHT] = [240, 40];

/** The last hour of all pools in coarse steps: what the daemon kept, and what came since. */
export class Sparks {
  #history: LiveHistory = { stepMs: 20_000, atMs: [], pools: {} };

  /** What a page knows from before the daemon was started again stays. */
  take(history: LiveHistory): void {
    const { atMs, pools } = this.#history;
    const first = history.atMs[0] ?? Number.POSITIVE_INFINITY;
    const kept = atMs.filter((ms) => ms < first - history.stepMs).length;
    for (const [name, spark] of Object.entries(history.pools)) {
      const before = pools[name] ?? unknown(kept);
      for (const key of ['p99Seconds', 'baselineSeconds'] as const)
        spark[key] = [...before[key].slice(0, kept), ...spark[key]];
      spark.drifting = [...before.drifting.slice(0, kept), ...spark.drifting];
    }
    this.#history = { ...history, atMs: [...atMs.slice(0, kept), ...history.atMs] };
  }

  /** The daemon's history has taken a step. */
  step(pools: Iterable<LivePool>, nowMs: number): void {
    const { atMs, stepMs } = this.#history;
    const begins = nowMs - (atMs.at(-1) ?? 0) >= stepMs;
    if (begins) atMs.push(nowMs);
    const old = atMs.findIndex((ms) => ms >= nowMs - HOUR_MS);
    atMs.splice(0, old);
    for (const pool of pools) {
      this.#history.pools[pool.pool] ??= unknown(atMs.length + old - (begins ? 1 : 0));
      const spark = this.#history.pools[pool.pool]!;
      add(spark, pool, begins);
      for (const values of Object.values(spark)) values.splice(0, old);
    }
  }

  draw(into: SVGSVGElement, pool: string): void {
    const spark = this.#history.pools[pool];
    const key = JSON.stringify([spark, this.#history.atMs[0], this.#history.atMs.length]);
    if (spark === undefined || into.dataset.drawn === key) return;
    into.dataset.drawn = key;
    const all = [...spark.p99Seconds, ...spark.baselineSeconds].filter((value) => value !== null);
    const most = 1.15 * Math.max(...all, 1e-9);
    const last = this.#history.atMs.at(-1) ?? 0;
    const longMs = Math.max(LEAST_MS, last - (this.#history.atMs[0] ?? last));
    const x = (i: number) => WIDTH * (1 - (last - this.#history.atMs[i]!) / longMs);
    const y = (value: number) => HEIGHT * (1 - value / most);
    const line = (values: readonly Value[], name: string) => svg('path', { class: name, d: path(values, x, y) });
    const shades = spark.drifting.flatMap((drifts, i) =>
      drifts
        ? [
            svg('rect', {
              class: 'episode',
              x: x(i),
              y: 0,
              width: Math.max(1, (x(i + 1) || WIDTH) - x(i)),
              height: HEIGHT,
            }),
          ]
        : [],
    );
    into.replaceChildren(...shades, line(spark.baselineSeconds, 'base'), line(spark.p99Seconds, 'p99'));
  }
}

export function newSpark(): SVGSVGElement {
  const made = svg('svg', { class: 'spark', viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: 'none' });
  made.setAttribute('aria-hidden', 'true');
  return made;
}

function unknown(length: number): LiveSpark {
  const none = () => new Array<Value>(length).fill(null);
  return { p99Seconds: none(), baselineSeconds: none(), drifting: new Array<boolean>(length).fill(false) };
}

function add(spark: LiveSpark, { requests }: LivePool, begins: boolean): void {
  const [p99, base] = [requests?.p99Seconds ?? null, requests?.baselineP99Seconds ?? null];
  const drifts = requests?.drifting ?? false;
  const before = begins ? null : (spark.p99Seconds.pop() ?? null);
  const drifted = begins ? false : (spark.drifting.pop() ?? false);
  const based = begins ? null : (spark.baselineSeconds.pop() ?? null);
  spark.p99Seconds.push(p99 === null ? before : Math.max(p99, before ?? 0));
  spark.baselineSeconds.push(base ?? based);
  spark.drifting.push(drifts || drifted);
}

/** A line over what is known; a single point is a dot. */
function path(values: readonly Value[], x: (i: number) => number, y: (value: number) => number): string {
  let d = '';
  values.forEach((value, i) => {
    if (value === null) return;
    const joined = i > 0 && values[i - 1] !== null;
    const at = `${x(i).toFixed(1)} ${y(value).toFixed(1)}`;
    d += joined ? `L${at}` : `M${at}h0.1`;
  });
  return d;
}
