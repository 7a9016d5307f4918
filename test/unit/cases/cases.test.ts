import assert from 'node:assert/strict';
import { Cases } from '../../../src/cases.ts';
import type { Second } from '../../../src/drift/types.ts';
import type { Pool } from '../../../src/pools/pool.ts';
import type { PoolReading } from '../../../src/windows/windows.ts';
import { secondOf, seeded } from '../drift/load.ts';
import { pool, reading } from '../metrics/fixture.ts';

const RATE = 1000;
const DRIFT = { windowSeconds: 10, baselineSeconds: 600, ratioMin: 1.2, falseAlarmsPerPoolYear: 1 };
const ARMED_S = 60;

/** The state folder, in memory: as JSON, as it would be on the disk. */
class Memory {
  readonly files = new Map<string, string>();
  ageMs = 0;

  read(name: string) {
    const text = this.files.get(name);
    return text === undefined ? null : { ...JSON.parse(text), savedAtMs: Date.now() - this.ageMs };
  }

  write(name: string, value: unknown): boolean {
    this.files.set(name, JSON.stringify({ version: '0', value }));
    return true;
  }
}

/** One pool under a load that can be slowed down; its clock goes on over restarts of the cases. */
class Life {
  readonly memory = new Memory();
  readonly log: string[] = [];
  bootId = 'first';
  /** By how much the wall clock is stepped while it is down. */
  steppedMs = 0;
  readonly #random = seeded(7);
  #cases = this.#opened();
  seconds = 1000;
  pool: Pool = { ...pool(), startedNs: 0 };
  #measured = true;

  #opened(): Cases {
    const log = { info: (line: string) => void this.log.push(line), warn: (line: string) => void this.log.push(line) };
    return new Cases({ drift: DRIFT, state: this.memory, bootId: this.bootId, log });
  }

  get reading(): PoolReading {
    const [found] = reading([this.pool]).pools;
    return { ...found!, pool: this.pool, request: this.#measured ? found!.request : null };
  }

  go(seconds: number, level = 1): this {
    this.#measured = true;
    for (let i = 0; i < seconds; i++) this.second([secondOf(++this.seconds * 1e9, RATE, level, this.#random)]);
    return this;
  }

  second(seconds: readonly Second[] | null): void {
    this.#cases.second(this.pool, seconds && { seconds }, this.seconds * 1e9, () => this.reading);
  }

  /** The probe of requests is given up. */
  unmeasured(seconds: number): void {
    this.#measured = false;
    for (let i = 0; i < seconds; i++) {
      this.seconds++;
      this.second(null);
    }
  }

  /** Killed and started again. */
  restart(downSeconds = 1): this {
    this.seconds += downSeconds;
    this.memory.ageMs = downSeconds * 1000 + this.steppedMs;
    this.#cases = this.#opened();
    return this;
  }

  get judged() {
    return this.#cases.judged(this.reading, this.seconds * 1e9);
  }

  anew(): boolean {
    return this.#cases.anew(this.pool.name, this.seconds * 1e9);
  }

  said(word: RegExp): number {
    return this.log.filter((line) => word.test(line)).length;
  }
}

describe('Cases', () => {
  it('tells a drift once, with its cause, and its end once', () => {
    const life = new Life().go(ARMED_S + 60).go(60, 2);
    const { episode, drift } = life.judged;
    assert.ok(episode?.cause, life.log.join('\n'));
    assert.ok(Math.abs(drift!.episode!.sinceNs / 1e9 - 1120) <= 2);
    assert.equal(life.said(/P99 drifts since/), 1);
    life.go(240);
    assert.equal(life.judged.episode, null);
    assert.equal(life.said(/P99 drifts since/), 1);
    assert.equal(life.said(/back to its baseline/), 1);
  });

  it('goes on with a baseline and an episode that were kept', () => {
    const life = new Life().go(ARMED_S + 60).go(60, 2);
    const { episode } = life.judged;
    life.restart(5).go(30, 2);
    const again = life.judged;
    assert.equal(again.episode?.cause, episode?.cause);
    assert.equal(again.episode?.sinceMs, episode?.sinceMs);
    assert.equal(life.said(/P99 drifts since/), 1);
    life.go(240);
    assert.equal(life.said(/back to its baseline/), 1);
  });

  it('begins a fresh baseline where what was kept is older than it would cover', () => {
    const life = new Life()
      .go(ARMED_S + 60)
      .restart(601)
      .go(1);
    assert.equal(life.judged.drift?.baseline, null);
    assert.equal(life.said(/a fresh baseline begins: what was kept is 1\d min old/), 1);
  });

  it('is not misled by a wall clock that is stepped between stop and start', () => {
    const life = new Life().go(ARMED_S + 60);
    life.steppedMs = 86_400_000;
    assert.ok(life.restart().go(1).judged.drift?.baseline, life.log.join('\n'));
  });

  it('goes by the wall clock where the host was started meanwhile', () => {
    const life = new Life().go(ARMED_S + 60);
    life.bootId = 'second';
    assert.ok(life.restart(60).go(1).judged.drift?.baseline, life.log.join('\n'));
    life.bootId = 'third';
    assert.equal(life.restart(601).go(1).judged.drift?.baseline, null);
  });

  it('tells of an episode that ends before its cause is settled', () => {
    const life = new Life().go(ARMED_S + 60);
    while (life.judged.drift?.episode === null) life.go(1, 2);
    if (life.judged.episode?.cause === null) {
      life.anew();
      assert.equal(life.said(/P99 drifted since .*, for a cause not yet settled; the drift is no longer followed/), 1);
    } else assert.equal(life.said(/P99 drifts since/), 1);
  });

  it('keeps an episode while its requests are not measured, for a quarter of an hour', () => {
    const life = new Life().go(ARMED_S + 60).go(60, 2);
    const { episode } = life.judged;
    life.unmeasured(890);
    assert.deepEqual(life.judged.episode?.cause, episode!.cause);
    assert.equal(life.judged.episode?.sinceMs, episode!.sinceMs);
    life.go(30, 2);
    assert.equal(life.judged.episode?.cause, episode!.cause);
    assert.equal(life.said(/P99 drifts since/), 1);
    life.unmeasured(905);
    assert.equal(life.judged.episode, null);
    assert.equal(life.judged.drift, null);
    assert.equal(life.said(/no longer followed: no requests seen, after/), 1, life.log.join('\n'));
  });

  it('begins a fresh one when asked, and ends the episode', () => {
    const life = new Life().go(ARMED_S + 60).go(60, 2);
    assert.ok(life.anew());
    assert.equal(life.judged.episode, null);
    assert.equal(life.judged.drift?.baseline, null);
    assert.equal(life.said(/no longer followed: a fresh baseline begins/), 1);
    life.go(ARMED_S + 20, 2);
    assert.ok(life.judged.drift!.baseline!.p99Ns > 25e6, 'it is of the slow time');
    assert.equal(life.judged.episode, null);
  });

  for (const [what, change] of Object.entries({
    'another size': { size: 4 },
    'another executable': { exe: { path: '/usr/bin/other', build: 'b', script: '' } },
  })) {
    it(`a pool that restarts with ${what} in an episode ends it and begins anew`, () => {
      const life = new Life();
      life.pool = {
        ...life.pool,
        size: 8,
        sizeSource: 'environment',
        exe: { path: '/usr/bin/one', build: 'a', script: '' },
      };
      life.go(ARMED_S + 60).go(60, 2);
      life.pool = { ...life.pool, ...change, tgids: [99_001], startedNs: life.seconds * 1e9 };
      life.go(40, 2);
      assert.equal(life.judged.episode, null, life.log.join('\n'));
      assert.equal(life.said(new RegExp(`a fresh baseline begins: ${what}`)), 1);
    });
  }

  it('keeps the baseline over a restart of the same pool, and leaves its start-up out', () => {
    const life = new Life().go(ARMED_S + 60);
    life.pool = { ...life.pool, tgids: [99_002], startedNs: life.seconds * 1e9 };
    life.go(25, 3);
    assert.equal(life.judged.episode, null, 'three windows of start-up');
    life.go(60);
    assert.equal(life.said(/fresh baseline|drifts/), 0, life.log.join('\n'));
    assert.ok(life.judged.drift?.baseline);
  });

  it('takes a size that is changed while the pool runs for the same pool', () => {
    const life = new Life();
    life.pool = { ...life.pool, size: 8, sizeSource: 'metric' };
    life.go(ARMED_S + 60);
    life.pool = { ...life.pool, size: 24 };
    life.go(60, 2);
    assert.ok(life.judged.episode, life.log.join('\n'));
  });

  it('waits while requests are not measured', () => {
    const life = new Life().go(ARMED_S + 60);
    for (let i = 0; i < 20; i++) {
      life.seconds++;
      life.second(null);
    }
    life.go(30);
    assert.ok(life.judged.drift?.baseline);
    assert.equal(life.judged.episode, null);
  });
});
