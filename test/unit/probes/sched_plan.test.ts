import assert from 'node:assert/strict';
import fc from 'fast-check';
import { CpuCell, PoolStripe, RequestStripe, TcpTotals, WorkerSlot } from '../../../src/decode/layout.gen.ts';
import { planSched, SOCKET_BYTES } from '../../../src/probes/sched_plan.ts';

const MIB = 2 ** 20;
const DEFAULTS = { pools: 64, workers: 8192, ring: 'bpf' } as const;

/** Workers that would find room where one pool more does not. */
const poolInWorkers = (stripes: number) => {
  return Math.ceil((stripes * (PoolStripe.size + RequestStripe.size) + TcpTotals.size + 24) / WorkerSlot.size);
};
const isPowerOfTwo = (value: number) => Number.isInteger(Math.log2(value));

describe('the plan of the scheduler probe', () => {
  it('the defaults fit as they are, on any number of CPUs', () => {
    for (const cpus of [1, 2, 16, 17, 256, 1024]) {
      const { pools, workers, ringBytes, bytes } = planSched(DEFAULTS, cpus, 64 * MIB);
      assert.deepEqual([pools, workers, ringBytes], [64, 8192, MIB], `${cpus} CPUs`);
      assert.ok(bytes <= 64 * MIB);
    }
  });

  const stripes: [cpus: number, stripes: number][] = [
    [1, 1],
    [2, 2],
    [3, 4],
    [12, 16],
    [16, 16],
    [17, 16],
    [1024, 16],
  ];
  for (const [cpus, expected] of stripes) {
    it(`${cpus} CPUs: ${expected} stripes`, () => assert.equal(planSched(DEFAULTS, cpus, 64 * MIB).stripes, expected));
  }

  it('256 possible CPUs and as much as the configuration allows: fewer workers, every pool', () => {
    const { pools, workers, bytes } = planSched({ pools: 255, workers: MIB, ring: 'bpf' }, 256, 64 * MIB);
    assert.equal(pools, 255);
    assert.ok(workers > 65_536 && workers < MIB, `${workers} workers`);
    assert.ok(bytes <= 64 * MIB && bytes > 63 * MIB, `${bytes}`);
  });

  it('little memory: 64 workers stay, then pools go', () => {
    const { pools, workers, bytes } = planSched({ pools: 255, workers: 8192, ring: 'bpf' }, 16, 4 * MIB);
    assert.ok(workers < 64 + poolInWorkers(16), `${workers} workers`);
    assert.ok(pools > 1 && pools < 255, `${pools} pools`);
    assert.ok(bytes <= 4 * MIB);
  });

  it('a buffer a CPU: all of them take a quarter at the most', () => {
    assert.equal(planSched({ ...DEFAULTS, ring: 'perf' }, 2, 64 * MIB).ringBytes, 256 * 1024);
    assert.equal(planSched({ ...DEFAULTS, ring: 'perf' }, 1024, 64 * MIB).ringBytes, 16 * 1024);
  });

  it('a ring of a size that was asked for', () => {
    assert.equal(planSched({ ...DEFAULTS, ringBytes: 8192 }, 2, MIB).ringBytes, 8192);
  });

  it('sockets: 50,000 and more by default, and what pools and workers leave where memory is short', () => {
    const all = { ...DEFAULTS, requests: true };
    assert.ok(planSched(all, 2, 64 * MIB).sockets > 50_000);
    const { pools, workers, sockets } = planSched(all, 256, 64 * MIB);
    assert.deepEqual([pools, workers], [64, 8192]);
    assert.ok(sockets * SOCKET_BYTES >= 8 * MIB - SOCKET_BYTES && sockets < 50_000, `${sockets} sockets`);
    const least = planSched({ ...all, pools: 255 }, 256, 64 * MIB).sockets * SOCKET_BYTES;
    assert.ok(least > 8 * MIB - SOCKET_BYTES && least < 8.01 * MIB, `${least} bytes`);
  });

  it('sockets: with TCP alone too, and none where nobody follows them', () => {
    assert.ok(planSched({ ...DEFAULTS, connections: true }, 2, 64 * MIB).sockets > 50_000);
    assert.equal(planSched(DEFAULTS, 2, 64 * MIB).sockets, 0);
  });

  it('what does not fit is not said to: 1,024 CPUs in 1 MiB', () => {
    const { pools, workers, bytes } = planSched(DEFAULTS, 1024, MIB);
    assert.deepEqual([pools, workers], [1, 64]);
    assert.ok(bytes > 1024 * CpuCell.size);
  });

  it('any request: within the memory and the request, in sizes that the kernel takes', () => {
    const request = fc.record({
      ...{ cpus: fc.integer({ min: 1, max: 1024 }), pools: fc.integer({ min: 1, max: 255 }) },
      ...{ workers: fc.integer({ min: 64, max: MIB }), ring: fc.constantFrom('bpf' as const, 'perf' as const) },
      ...{ requests: fc.boolean(), connections: fc.boolean() },
      memory: fc.integer({ min: 52 * MIB, max: 1024 * MIB }),
    });
    fc.assert(
      fc.property(request, ({ cpus, memory, ...options }) => {
        const plan = planSched(options, cpus, memory);
        const stripe = PoolStripe.size + (options.requests ? RequestStripe.size : 0);
        const ofPools = plan.pools * (plan.stripes * stripe + TcpTotals.size);
        const tables = cpus * CpuCell.size + ofPools + plan.workers * WorkerSlot.size + plan.sockets * SOCKET_BYTES;
        assert.ok(plan.bytes <= memory, `${plan.bytes} of ${memory}`);
        assert.ok(tables + plan.ringBytes * (options.ring === 'perf' ? cpus : 1) < plan.bytes, 'every table counts');
        assert.ok(plan.pools >= 1 && plan.pools <= options.pools);
        assert.ok(plan.workers >= 64 && plan.workers <= options.workers);
        assert.ok(plan.pools === options.pools || plan.workers < 64 + poolInWorkers(plan.stripes), 'workers go first');
        assert.ok(plan.front >= plan.workers * 2 && plan.front < plan.workers * 4);
        for (const size of [plan.front, plan.ringBytes, plan.stripes]) assert.ok(isPowerOfTwo(size), `${size}`);
        assert.equal(plan.sockets > 0, options.requests || options.connections);
        assert.ok(plan.stripes === 16 || plan.stripes >= cpus);
      }),
    );
  });
});
