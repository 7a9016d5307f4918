import assert from 'node:assert/strict';
import { join } from 'node:path';
import { Daemon } from './daemon.ts';
import { program } from './program.ts';

/** CLOCK_REALTIME itself belongs to the whole host: what is stepped is the daemon's view of it. */
const STEPPED = ['env', `NODE_OPTIONS=--import=${join(import.meta.dirname, 'step_clock.ts')}`];

describe('a wall clock that is stepped', function () {
  this.timeout(60_000);

  it('changes no time that is counted', async () => {
    const { pid } = await program('sleep', ['1000']);
    const config = `interval: 1s\npools: [{ name: p, match: { pid: ${pid} } }]`;
    const daemon = await Daemon.start({ config, wrap: STEPPED });
    const asked = async () => {
      const fromMs = performance.now();
      const pool = (await daemon.pool('p'))!;
      return { fromMs, pool, toMs: performance.now() };
    };
    const before = await asked();
    const told = new Set<string>();
    for (let i = 0; i < 12; i++) {
      told.add((await daemon.status()).at.slice(0, 13));
      await new Promise((resolve) => setTimeout(resolve, 270));
    }
    assert.ok(told.size >= 2, 'the clock was stepped');
    const { pool: after, fromMs, toMs } = await asked();
    const blocked = after.timeSeconds!.blocked - before.pool.timeSeconds!.blocked;
    const [least, most] = [(fromMs - before.toMs) / 1000, (toMs - before.fromMs) / 1000];
    assert.ok(blocked > 0.99 * least && blocked < 1.01 * most, `${blocked} s blocked in ${least} to ${most} s`);
    assert.ok(after.recent!.seconds > 0.5 && after.recent!.seconds < 2, `an interval of ${after.recent!.seconds} s`);
    assert.doesNotMatch(daemon.log, /level=error/);
  });
});
