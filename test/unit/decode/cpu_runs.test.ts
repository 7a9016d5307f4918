import assert from 'node:assert/strict';
import fc from 'fast-check';
import { CpuRuns } from '../../../src/decode/cpu_runs.ts';
import { CpuCell, CpuRun } from '../../../src/decode/layout.gen.ts';
import { UNKNOWN_KEY } from '../../../src/decode/thief_tables.ts';

const CPUS = 2;
const NOW = 9_000_000_000_000;
/** Entries that a reader walks back at the most. */
const WALKED = 256;

/** The kernel side's rings of runs. */
class Cells {
  readonly words = new Int32Array((CPUS * CpuCell.size) / 4);
  readonly #view = new DataView(this.words.buffer);

  constructor(armed = true) {
    for (let cpu = 0; cpu < CPUS; cpu++) this.#view.setUint32(cpu * CpuCell.size + CpuCell.armed, armed ? 1 : 0, true);
  }

  /** A task comes on a CPU. */
  run(cpu: number, key: number, startNs: number): void {
    const cell = cpu * CpuCell.size;
    const head = this.#view.getUint32(cell + CpuCell.head, true);
    const at = cell + CpuCell.run + (head % CpuCell.run_count) * CpuRun.size;
    this.#view.setBigUint64(at + CpuRun.start_ns, BigInt(startNs), true);
    this.#view.setUint32(at + CpuRun.key, key, true);
    this.#view.setUint32(cell + CpuCell.head, head + 1, true);
  }

  told(cpu: number, sinceNs: number, nowNs = NOW): Map<number, number> {
    const sums = new Map<number, number>();
    new CpuRuns(this.words).addTo(sums, cpu, sinceNs, nowNs);
    return sums;
  }
}

const [A, B, C] = [0x8000_0001, 0x8000_0002, 0xc000_0003];

describe('who has run on a CPU', () => {
  function three(): Cells {
    const cells = new Cells();
    cells.run(1, A, NOW - 1000);
    cells.run(1, B, NOW - 600);
    cells.run(1, C, NOW - 100);
    return cells;
  }

  it('each for as long as it ran, the last until now', () => {
    assert.deepEqual(
      three().told(1, NOW - 1000),
      new Map([
        [C, 100],
        [B, 500],
        [A, 400],
      ]),
    );
  });

  it('from the middle of a run', () => {
    assert.deepEqual(
      three().told(1, NOW - 300),
      new Map([
        [C, 100],
        [B, 200],
      ]),
    );
  });

  it('longer than the ring reaches back: the rest is unknown', () => {
    assert.deepEqual(
      three().told(1, NOW - 5000),
      new Map([
        [C, 100],
        [B, 500],
        [A, 400],
        [UNKNOWN_KEY, 4000],
      ]),
    );
  });

  it('on another CPU, which has no runs: unknown', () => {
    assert.deepEqual(three().told(0, NOW - 10), new Map([[UNKNOWN_KEY, 10]]));
  });

  it('a run that began after the time was taken is passed over', () => {
    const cells = three();
    cells.run(1, A, NOW + 50);
    assert.deepEqual(cells.told(1, NOW - 100), new Map([[C, 100]]));
  });

  it('a wait that begins now: nothing', () => assert.deepEqual(three().told(1, NOW), new Map()));

  it('where runs are not recorded: unknown', () => {
    const cells = new Cells(false);
    cells.run(1, A, NOW - 1000);
    assert.deepEqual(cells.told(1, NOW - 10), new Map([[UNKNOWN_KEY, 10]]));
  });

  it('a walk has an end', () => {
    const cells = new Cells();
    for (let i = 5000; i > 0; i--) cells.run(0, A, NOW - i * 10);
    assert.deepEqual(
      cells.told(0, NOW - 50_000),
      new Map([
        [A, WALKED * 10],
        [UNKNOWN_KEY, 50_000 - WALKED * 10],
      ]),
    );
  });

  it('adds to what is there', () => {
    const sums = new Map([[C, 7]]);
    new CpuRuns(three().words).addTo(sums, 1, NOW - 50, NOW);
    assert.deepEqual(sums, new Map([[C, 57]]));
  });

  it('any runs, any wait: what is told sums to the wait', () => {
    const runs = fc.array(fc.record({ key: fc.integer({ min: 1, max: 9 }), ns: fc.nat(2000) }), { maxLength: 1500 });
    fc.assert(
      fc.property(runs, fc.nat(3_000_000), (all, waitNs) => {
        const cells = new Cells();
        let startNs = NOW - all.reduce((sum, { ns }) => sum + ns, 0);
        for (const { key, ns } of all) {
          cells.run(1, key, startNs);
          startNs += ns;
        }
        const told = [...cells.told(1, NOW - waitNs).values()];
        assert.equal(
          told.reduce((sum, ns) => sum + ns, 0),
          waitNs,
        );
        assert.ok(told.every((ns) => ns > 0));
      }),
      { numRuns: 50 },
    );
  });
});
