import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { Served } from '../../src/served.ts';
import { reading } from './metrics/fixture.ts';

/** Longer than a reading is recent. */
const LATER_MS = 120;

describe('what is served', () => {
  it('answers questions that come together of one reading, and later ones of another', async () => {
    const served = new Served({ read: reading, baseline: () => 'begun' });
    const first = served.recent();
    assert.equal(served.recent(), first);
    await sleep(LATER_MS);
    assert.notEqual(served.recent(), first);
  });

  it('reads anew for a scrape, which is then the recent one', () => {
    const served = new Served({ read: reading, baseline: () => 'begun' });
    const first = served.read();
    const second = served.read();
    assert.notEqual(second, first);
    assert.equal(served.recent(), second);
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
