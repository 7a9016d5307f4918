import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { defer } from '../lib/cleanup.ts';
import { skip } from '../lib/skip.ts';
import { startWorkload } from '../lib/workload.ts';
import { Daemon, until } from './daemon.ts';

const CPU = '/sys/devices/system/cpu/cpu1/online';

/** Takes CPU 1 away for the length of the test. Why it cannot be done, or null. */
function offline(): string | null {
  try {
    if (readFileSync(CPU, 'utf8').trim() !== '1') return 'CPU 1 is offline already';
    defer(() => writeFileSync(CPU, '1'));
    writeFileSync(CPU, '0');
    return null;
  } catch (error) {
    return `CPU 1 cannot be taken offline here (${(error as NodeJS.ErrnoException).code})`;
  }
}

const sumOf = (times: Record<string, number>) => Object.values(times).reduce((a, b) => a + b, 0);

describe('a CPU that goes offline', function () {
  this.timeout(60_000);

  it('the states still sum to wall time, and the CPU limit follows', async function () {
    const { pid } = await startWorkload('burst', 2, 3000, 3000);
    const daemon = await Daemon.start({ config: `interval: 1s\npools: [{ name: p, match: { pid: ${pid} } }]` });
    const before = (await daemon.pool('p'))!;
    skip(this, offline());
    const begun = performance.now();
    const limited = (cpus: number) => async () => (await daemon.pool('p'))!.cpuLimit === cpus;
    await until('one CPU less', limited(before.cpuLimit! - 1));
    await sleep(1000);
    writeFileSync(CPU, '1');
    await until('all CPUs', limited(before.cpuLimit!));
    await sleep(1000);
    const seconds = (performance.now() - begun) / 1000;
    const last = (await daemon.pool('p'))!;
    const wall = sumOf(last.timeSeconds!) - sumOf(before.timeSeconds!);
    const [recent, workers] = [last.recent!, last.threads];
    assert.ok(Math.abs(sumOf(recent.timeSeconds) - workers * recent.seconds) < 0.001 * workers * recent.seconds);
    assert.ok(wall > 0.99 * seconds * workers, `${wall} s of ${workers} workers in ${seconds} s`);
  });
});
