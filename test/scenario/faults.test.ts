import assert from 'node:assert/strict';
import { missed } from '../faults/document.ts';
import { isRight } from '../faults/row.ts';
import { repetition } from '../faults/run.ts';
import { noGround } from '../faults/scene.ts';
import { SCENES } from '../faults/scenes/index.ts';
import { skip } from '../lib/skip.ts';

/** Of all that npm run bench:faults puts in. */
const CHOSEN: ReadonlySet<string> = new Set(['hog', 'quota', 'few-workers', 'lock-convoy', 'slow-downstream']);

describe('a fault is told by its cause', function () {
  this.timeout(120_000);

  for (const scene of SCENES.filter(({ name }) => CHOSEN.has(name))) {
    it(`${scene.name}: ${scene.right[0]}`, async function () {
      skip(this, noGround() ?? scene.lacks?.() ?? null);
      const row = await repetition(scene, 1);
      const good = isRight(scene, row) && row.healthyEpisodes === 0;
      if (!good) console.log(`miss: ${missed(row)}; ${row.healthyEpisodes} episodes in the healthy phase`);
      assert.ok(good, JSON.stringify(row));
    });
  }
});
