import assert from 'node:assert/strict';
import { delay } from '../../sim/delay.ts';
import { OPTIONS } from '../../sim/detector.ts';
import { borneOut, healthyRun } from '../../sim/false_alarms.ts';
import { SHAPES, shapeOf } from '../../sim/shapes.ts';
import { ranked } from '../../sim/stats.ts';

/** These seeds tuned nothing, and test:long does not use them. */
const SEED = 3_000_000;
const HOURS = 200;
const TRIALS = 100;

/** Seconds from the onset to the alarm, in order. */
function delays(name: string, rate: number, factor: number, trials = TRIALS): number[] {
  const step = { shape: shapeOf(name), rate, factor, healthySeconds: 3600 };
  const found = Array.from({ length: trials }, (_, i) => delay(step, SEED + i));
  return found.filter((seconds) => seconds !== null);
}

describe('false alarms, simulated', function () {
  this.timeout(60_000);

  for (const shape of SHAPES) {
    const told = shape.name === 'wander-600' ? 'few' : 'none';
    it(`${told} in ${HOURS} h of ${shape.name} at 1,000/s`, () => {
      const { alarms } = healthyRun({ shape, rate: 1000, seconds: HOURS * 3600 }, SEED);
      const unborne = alarms.filter((alarm) => !borneOut(shape, alarm));
      if (told === 'none') assert.deepEqual(unborne, []);
      else assert.ok(unborne.length <= 2, JSON.stringify(unborne));
    });
  }

  it('a detector that takes any chance is caught', () => {
    const reckless = { ...OPTIONS, ratioMin: 1.03, falseAlarmsPerPoolYear: 1e8 };
    const shape = shapeOf('wander-60');
    const { alarms } = healthyRun({ shape, rate: 1000, seconds: 20 * 3600 }, SEED, reckless);
    assert.ok(alarms.filter((alarm) => !borneOut(shape, alarm)).length > 0);
  });
});

describe('delay, simulated', function () {
  this.timeout(60_000);

  const bounds: [name: string, rate: number, factor: number, quantile: number, seconds: number][] = [
    ['lognormal', 1000, 2, 0.95, 10],
    ['bimodal', 1000, 2, 0.95, 10],
    ['lognormal', 1000, 1.5, 0.5, 12],
    ['lognormal', 1000, 1.5, 0.95, 30],
    ['lognormal', 1000, 1.25, 0.95, 60],
    ['wander-60', 1000, 2, 0.95, 10],
    ['lognormal', 1, 2, 0.5, 300],
  ];
  for (const [name, rate, factor, quantile, seconds] of bounds) {
    it(`${factor}x at ${rate}/s in ${name}: ${100 * quantile} % within ${seconds} s`, () => {
      const found = delays(name, rate, factor);
      assert.ok(found.length > 0.97 * TRIALS, 'no false episode stood in the way');
      assert.ok(ranked(found, quantile) <= seconds, `${ranked(found, quantile)} s`);
    });
  }

  it('what is no drift is not found', () => {
    const found = delays('lognormal', 1000, 1.05, 10);
    assert.deepEqual(new Set(found), new Set([Number.POSITIVE_INFINITY]));
  });
});
