import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Reading } from '../../src/metrics/reading.ts';
import { Served } from '../../src/served.ts';
import { reading } from './metrics/fixture.ts';

/** Longer than a reading is recent. */
const LATER_MS = 70;

describe('what is served', () => {
  it('answers questions that come together of one reading, and later ones of another', async () => {
    const served = new Served({ read: reading, baseline: () => 'begun' });
    const first = served.recent();
    assert.equal(served.recent(), first);
    await sleep(LATER_MS);
    assert.notEqual(served.recent(), first);
  });

  it('reads anew for a scrape and for the rules, whose reading is older than what they find', async () => {
    const served = new Served({ read: reading, baseline: () => 'begun' });
    let ofRules: Reading | null = null;
    served.onBeat = (each) => {
      ofRules = each;
    };
    await served.beat(new Set());
    const asked = served.recent();
    assert.ok(ofRules !== null && asked !== ofRules);
    assert.notEqual(served.read(), asked);
    assert.equal(served.recent(), asked);
  });

  it('shows at once what was changed: a baseline, a configuration', () => {
    const served = new Served({ read: reading, baseline: () => 'begun' });
    const first = served.recent();
    assert.equal(served.baseline('checkout'), 'begun');
    const second = served.recent();
    assert.notEqual(second, first);
    served.reloaded(false);
    const third = served.recent();
    assert.notEqual(third, second);
    assert.equal(third.reload?.successful, false);
  });
});
