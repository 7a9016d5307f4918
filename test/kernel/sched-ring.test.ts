import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ProcessEvent } from '../../src/decode/event.ts';
import type { SchedProbe } from '../../src/probes/sched.ts';
import type { RingStats } from '../../src/probes/types.ts';
import { openProbe, sum } from '../lib/probe.ts';
import { startWorkload } from '../lib/workload.ts';

const PROCESSES = 2003;

function totals(rings: readonly RingStats[]) {
  return { records: sum(rings.map((ring) => ring.records)), lost: sum(rings.map((ring) => ring.lost)) };
}

/** Reads on until nothing more is produced meanwhile. */
async function settle(probe: SchedProbe, handler: (event: ProcessEvent) => void): Promise<number> {
  for (let tries = 0; tries < 100; tries++) {
    const produced = probe.recordsProduced();
    probe.drain(handler);
    if (probe.recordsProduced() === produced) return produced;
    await sleep(20);
  }
  throw new Error('the host never stops starting processes');
}

for (const ring of ['bpf', 'perf'] as const) {
  describe(`the ${ring} ring`, function () {
    this.timeout(60_000);

    it('flooded: received + lost = produced', async () => {
      const probe = (await openProbe({ ring, ringBytes: 16_384 })) as SchedProbe;
      const load = await startWorkload('churn', 'process', PROCESSES, 0);
      let received = 0;
      probe.drain(() => received++);
      for (let round = 1; round <= 3; round++) {
        load.write('go');
        await load.line();
        const produced = await settle(probe, () => received++);
        const { records, lost } = totals(probe.rings());
        assert.equal(records, received, `round ${round}: records handed over`);
        assert.equal(received + lost, produced, `round ${round}: received ${received} + lost ${lost}`);
        assert.ok(lost > round * 1000, `round ${round}: lost ${lost}: the ring was not flooded`);
      }
    });

    it('read in time: every start and end of a process, none lost, none twice', async () => {
      const probe = await openProbe({ ring, ringBytes: 1 << 20 });
      const load = await startWorkload('churn', 'process', PROCESSES, 0);
      const forked: number[] = [];
      const exited: number[] = [];
      const note = (event: ProcessEvent) => {
        if (event.parentTgid !== load.pid) return;
        if (event.kind === 'fork') forked.push(event.tgid);
        if (event.kind === 'exit') exited.push(event.tgid);
      };
      const timer = setInterval(() => probe.drain(note), 20);
      load.write('go');
      await load.line();
      clearInterval(timer);
      probe.drain(note);
      assert.equal(totals(probe.rings()).lost, 0);
      assert.equal(forked.length, PROCESSES);
      assert.equal(new Set(forked).size, PROCESSES);
      assert.deepEqual(exited.sort(), forked.sort());
    });
  });
}
