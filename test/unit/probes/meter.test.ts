import assert from 'node:assert/strict';
import fc from 'fast-check';
import { ProgramMeter } from '../../../src/probes/meter.ts';

const SECOND = 1e9;

/** Programs that run at a steady rate, and a kernel that keeps their statistics only while somebody holds them on. */
class Kernel {
  readonly runsASecond: Record<string, number>;
  runs: Record<string, number> = {};
  holders = 0;
  onSeconds = 0;
  refuses = false;

  constructor(runsASecond: Record<string, number>) {
    this.runsASecond = runsASecond;
  }

  pass(seconds: number): void {
    if (this.holders === 0) return;
    this.onSeconds += seconds;
    for (const [program, rate] of Object.entries(this.runsASecond)) {
      this.runs[program] = (this.runs[program] ?? 0) + rate * seconds;
    }
  }

  meter(nowNs: number): ProgramMeter {
    const hold = () => {
      this.holders++;
      return { close: () => void this.holders-- };
    };
    return new ProgramMeter(
      () => this.programs(),
      nowNs,
      () => (this.refuses ? null : hold()),
    );
  }

  /** 50 ns a run. */
  programs() {
    return Object.keys(this.runsASecond).map((program) => {
      const runs = this.runs[program] ?? 0;
      return { program, runs, runNs: runs * 50, recursionMisses: 3 };
    });
  }
}

/** Ticks every second up to `until`; the seconds at which a measurement ended. */
function run(kernel: Kernel, meter: ProgramMeter, from: number, until: number, soon = false): number[] {
  const ended: number[] = [];
  for (let second = from; second <= until; second++) {
    if (second > from) kernel.pass(1);
    if (!meter.tick(second * SECOND)) continue;
    ended.push(second);
    if (soon) meter.hurry(second * SECOND);
  }
  return ended;
}

describe('the meter of programs', () => {
  it('measures one second after two, then one a minute', () => {
    const kernel = new Kernel({ on_switch: 1000, on_waking: 500 });
    const meter = kernel.meter(0);
    assert.deepEqual(run(kernel, meter, 0, 130), [3, 64, 125]);
    assert.equal(kernel.onSeconds, 3);
    assert.equal(kernel.holders, 0);
  });

  it('every 10 seconds where the next one is wanted soon', () => {
    const kernel = new Kernel({ on_switch: 1000 });
    assert.deepEqual(run(kernel, kernel.meter(0), 0, 40, true), [3, 14, 25, 36]);
  });

  it('rates of the measured second, over all programs', () => {
    const kernel = new Kernel({ on_switch: 1000, on_waking: 500 });
    const meter = kernel.meter(0);
    run(kernel, meter, 0, 2);
    assert.equal(meter.rates, null);
    kernel.pass(1);
    meter.tick(4 * SECOND);
    assert.deepEqual(meter.rates, { runs: 750, runNs: 37_500 }, 'half of two seconds');
  });

  it('what one second says stands for the time since the last', () => {
    const kernel = new Kernel({ on_switch: 1000, on_waking: 500 });
    const meter = kernel.meter(0);
    run(kernel, meter, 0, 64);
    assert.deepEqual(meter.programs(), [
      { program: 'on_switch', runs: 64_000, runNs: 3_200_000, recursionMisses: 3 },
      { program: 'on_waking', runs: 32_000, runNs: 1_600_000, recursionMisses: 3 },
    ]);
  });

  it('a kernel that refuses: nothing known, asked again a minute later', () => {
    const kernel = new Kernel({ on_switch: 1000 });
    kernel.refuses = true;
    const meter = kernel.meter(0);
    assert.deepEqual(run(kernel, meter, 0, 30), []);
    assert.deepEqual([meter.rates, meter.programs()], [null, []]);
    kernel.refuses = false;
    assert.deepEqual(run(kernel, meter, 31, 70), [63]);
  });

  it('closed in mid-measurement: the statistics are off', () => {
    const kernel = new Kernel({ on_switch: 1000 });
    const meter = kernel.meter(0);
    run(kernel, meter, 0, 2);
    assert.equal(kernel.holders, 1);
    meter.close();
    meter.close();
    assert.equal(kernel.holders, 0);
  });

  it('however irregular the ticks: totals are the rate times the time, never go back, held by one at most', () => {
    const ticks = fc.array(fc.record({ seconds: fc.double({ min: 0.01, max: 90, noNaN: true }), soon: fc.boolean() }));
    fc.assert(
      fc.property(ticks, (all) => {
        const kernel = new Kernel({ on_switch: 1000 });
        const meter = kernel.meter(0);
        let now = 0;
        let before = 0;
        for (const { seconds, soon } of all) {
          now += seconds;
          kernel.pass(seconds);
          const ended = meter.tick(now * SECOND);
          if (ended && soon) meter.hurry(now * SECOND);
          const runs = meter.programs()[0]?.runs ?? 0;
          assert.ok(runs >= before && kernel.holders <= 1);
          if (ended) assert.ok(Math.abs(runs - 1000 * now) <= 1 + now * 1e-3, `${runs} runs in ${now} s`);
          before = runs;
        }
      }),
    );
  });
});
