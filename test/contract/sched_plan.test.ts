import assert from 'node:assert/strict';
import { KernelError } from '../../src/kernel/errors.ts';
import type { SchedProbe } from '../../src/probes/sched.ts';
import { ASSIGNMENTS, SOCKET_BYTES } from '../../src/probes/sched_plan.ts';
import type { SchedOptions } from '../../src/probes/types.ts';
import { openProbe, openProbes, sampleOf, sum } from '../lib/probe.ts';
import { startWorkload } from '../lib/workload.ts';

const MIB = 2 ** 20;

describe("the scheduler probe's plan, loaded", function () {
  this.timeout(60_000);

  const plans: [string, Partial<SchedOptions>][] = [
    ['the defaults', { pools: 64, workers: 8192 }],
    ['the least', { pools: 1, workers: 64, memoryBytes: MIB }],
    ['as many workers as fit', { pools: 255, workers: MIB, memoryBytes: 16 * MIB }],
    ['256 possible CPUs', { pools: 255, workers: MIB, possibleCpus: 256 }],
    ['a buffer a CPU', { pools: 4, workers: 256, ring: 'perf' }],
  ];
  for (const [what, options] of plans) {
    it(`${what}: the kernel's own figure is within the plan, the plan within the limit`, async () => {
      const probe = (await openProbe(options)) as SchedProbe;
      const { plan } = probe;
      const bytes = sum(probe.memory().map((map) => map.bytes));
      assert.ok(bytes <= plan.bytes, `${bytes} of ${plan.bytes} planned`);
      assert.ok(plan.bytes <= (options.memoryBytes ?? 64 * MIB), `${plan.bytes} planned`);
      assert.ok(bytes > 0.3 * plan.bytes, `${bytes}: far too cautious a plan of ${plan.bytes}`);
    });
  }

  const all: [string, Partial<SchedOptions>][] = [
    ['the defaults', { pools: 64, workers: 8192 }],
    ['the least', { pools: 1, workers: 64, memoryBytes: 2 * MIB }],
    ['256 possible CPUs', { pools: 64, workers: 8192, possibleCpus: 256 }],
    ['as many pools as fit', { pools: 255, workers: MIB, possibleCpus: 256 }],
    ['a buffer a CPU', { pools: 4, workers: 256, ring: 'perf' }],
  ];
  for (const [what, options] of all) {
    it(`with TCP and requests, ${what}: the kernel's own figure of all three, and room for every socket`, async () => {
      const { sched, tcp, request } = await openProbes(options);
      const { plan } = sched;
      const bytes = sum([sched, tcp, request].flatMap((probe) => probe.memory()).map((object) => object.bytes));
      const whole = bytes + plan.sockets * SOCKET_BYTES;
      assert.equal(tcp.sockets().most, plan.sockets);
      assert.ok(whole <= plan.bytes, `${whole} of ${plan.bytes} planned`);
      assert.ok(plan.bytes <= (options.memoryBytes ?? 64 * MIB), `${plan.bytes} planned`);
      assert.ok(whole > 0.5 * plan.bytes, `${whole}: far too cautious a plan of ${plan.bytes}`);
    });
  }

  it('what cannot fit is refused with what it takes', async () => {
    const asked = openProbe({ possibleCpus: 1024, memoryBytes: 4 * MIB });
    await assert.rejects(asked, (error) => {
      assert.ok(error instanceof KernelError);
      assert.deepEqual([error.code, error.remedy], ['memory', 'Raise limits.memory']);
      assert.match(error.message, /^1024 CPUs need \d+ MiB of kernel memory, and 4 MiB is the limit$/);
      return true;
    });
  });

  it('more assignments than one run of the iterator takes', async () => {
    const load = await startWorkload('burst', 2, 0, 100_000);
    const probe = await openProbe();
    const [first, last] = load.tids as [number, number];
    probe.assign(first, 0, true);
    // Ids beyond PID_MAX_LIMIT: nobody's.
    for (let i = 0; i < 2 * ASSIGNMENTS; i++) probe.assign(2 ** 22 + 1 + i, 0, true);
    probe.assign(last, 0, true);
    probe.flush();
    assert.equal(sampleOf(probe, 0).workers, 2);
  });
});
