import assert from 'node:assert/strict';
import { performAll } from '../sim/crew.ts';
import { writeDocument } from '../sim/document.ts';
import { type Goal, goals } from '../sim/goals.ts';
import { LONG, plan } from '../sim/plan.ts';
import { Store } from '../sim/store.ts';

const WORKERS = 2;

describe('false alarms and delay, simulated', function () {
  this.timeout(0); // some 40 minutes on two CPUs; what is done is not done again

  let found: Goal[] = [];

  before(async () => {
    const kept = await performAll(plan(LONG), new Store(), WORKERS);
    found = goals(kept);
    writeDocument(kept, found);
  });

  it('keeps its promises, but for misses that are known', () => {
    const missed = found.filter(({ met }) => !met);
    for (const { what, measured, tried } of missed) if (tried) console.log(`known miss: ${what}: ${measured}`);
    assert.deepEqual(
      missed.filter(({ tried }) => !tried).map(({ what, measured }) => `${what}: ${measured}`),
      [],
    );
  });
});
