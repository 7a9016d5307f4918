import assert from 'node:assert/strict';
import { PoolDrift } from '../../../src/drift/pool_drift.ts';
import type { DriftChange } from '../../../src/drift/types.ts';
import { HistogramWindow } from '../../../src/scrape/window.ts';
import { scrapedSeconds } from '../../../src/windows/scraped_seconds.ts';
import { Random } from '../../sim/random.ts';

/** client_golang's defaults. */
const BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, Number.POSITIVE_INFINITY];
const OPTIONS = { windowSeconds: 10, baselineSeconds: 3600, ratioMin: 1.2, falseAlarmsPerPoolYear: 1 };
const RATE = 200;
/** Medians over more than the widest bucket, seconds. */
const LEVELS = Array.from({ length: 12 }, (_, i) => 0.004 * 2.5 ** (i / 4));

/** A program that counts its latencies by itself (lognormal), scraped every so often, and its drift. */
class Program {
  readonly #drift = new PoolDrift(OPTIONS);
  readonly #random = new Random(20_261_120);
  readonly #counts = new Float64Array(BOUNDS.length);
  readonly #window: HistogramWindow;
  readonly #scrapeSeconds: number;
  readonly #medianSeconds: number;
  #seconds = 0;

  constructor(scrapeSeconds: number, medianSeconds = 0.008) {
    this.#medianSeconds = medianSeconds;
    this.#scrapeSeconds = scrapeSeconds;
    this.#window = new HistogramWindow('request_seconds', 10e9, scrapeSeconds * 1e9);
  }

  get p99Ms(): number {
    return this.#drift.read().baseline!.p99Ns / 1e6;
  }

  /** Seconds at which each change came to be known. */
  run(seconds: number, factor: number): [string, number, DriftChange][] {
    const changes: [string, number, DriftChange][] = [];
    for (const end = this.#seconds + seconds; this.#seconds < end; ) {
      for (let i = 0; i < RATE; i++) this.#serve(factor);
      if (++this.#seconds % this.#scrapeSeconds !== 0) continue;
      for (const change of this.#scrape()) changes.push([change.kind, this.#seconds, change]);
    }
    return changes;
  }

  #serve(factor: number): void {
    const seconds = this.#medianSeconds * factor * Math.exp(0.5 * this.#random.normal());
    for (let i = BOUNDS.findIndex((bound) => seconds <= bound); i < BOUNDS.length; i++) this.#counts[i]!++;
  }

  #scrape(): DriftChange[] {
    const series = new Map([['', { counts: this.#counts.slice(), sum: Number.NaN }]]);
    const grown = this.#window.add({ bounds: BOUNDS, series }, this.#seconds * 1e9);
    return (grown ? scrapedSeconds(grown) : []).flatMap((second) => [...this.#drift.add(second)]);
  }
}

describe('drift of a pool by its own histogram', () => {
  for (const scrapeSeconds of [1, 5, 15])
    it(`scraped every ${scrapeSeconds} s: none while it is steady, then one, told within a scrape of a window`, () => {
      const program = new Program(scrapeSeconds);
      const kinds = program.run(3900, 1).map(([kind]) => kind);
      assert.deepEqual(kinds, ['armed']);
      assert.ok(program.p99Ms > 20 && program.p99Ms < 30, `${program.p99Ms} ms`); // 25.6
      const [[kind, atSeconds, change], ...more] = program.run(300, 2) as [[string, number, DriftChange]];
      assert.deepEqual([kind, more], ['began', []]);
      assert.ok(atSeconds - 3900 <= 12 + scrapeSeconds, `found after ${atSeconds - 3900} s`);
      assert.ok(change.kind === 'began' && Math.abs(change.episode.sinceNs / 1e9 - 3900) <= 15, JSON.stringify(change));
      const after = program.run(900, 1);
      assert.deepEqual(
        after.map(([, , each]) => each.kind === 'ended' && each.why),
        ['over'],
      );
    });

  it('wherever the P99 lies among the bounds, 2x is found, and 1.5x nearly everywhere', () => {
    const found = (factor: number) =>
      LEVELS.filter((medianSeconds) => {
        const program = new Program(15, medianSeconds);
        program.run(1800, 1);
        return program.run(300, factor).some(([kind]) => kind === 'began');
      }).length;
    assert.equal(found(2), LEVELS.length);
    assert.ok(found(1.5) >= LEVELS.length - 3, `${found(1.5)} of ${LEVELS.length}`);
  });
});
