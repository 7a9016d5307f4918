import assert from 'node:assert/strict';
import { openProbe, sum } from '../lib/probe.ts';

const LIMIT_BYTES = 64 << 20;

describe('kernel memory', function () {
  this.timeout(60_000);

  it('64 pools, 8,192 workers and 256 possible CPUs stay within the limit', async () => {
    const probe = await openProbe({ pools: 64, workers: 8192, possibleCpus: 256 });
    const maps = probe.memory();
    assert.ok(sum(maps.map((map) => map.bytes)) <= LIMIT_BYTES, JSON.stringify(maps));
    assert.ok(sum(maps.map((map) => map.bytes)) > 1 << 20, JSON.stringify(maps));
  });
});
