import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { programsLoaded, programsOf } from '../lib/bpf.ts';
import { defer } from '../lib/cleanup.ts';
import { openProbe } from '../lib/probe.ts';

const PROBE = join(import.meta.dirname, '../../src/probes/sched.ts');

/** A process of its own that opens the probe, says "open" and does the rest. */
async function open(rest: string): Promise<ChildProcess> {
  const code = `const { SchedProbe } = await import(${JSON.stringify(PROBE)});
const probe = await SchedProbe.open({ pools: 4, workers: 64, ring: 'bpf' });
console.log('open'); ${rest}`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['ignore', 'pipe', 'inherit'] });
  defer(() => void child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  return child;
}

/** Those that are still in the kernel, once it has had the time to free them. */
async function left(programs: Set<number>): Promise<number[]> {
  for (let tries = 0; tries < 150 && !programs.isDisjointFrom(programsLoaded()); tries++) await sleep(100);
  return [...programs.intersection(programsLoaded())];
}

describe('what the probe leaves in the kernel', function () {
  this.timeout(60_000);

  it('nothing after close()', async () => {
    const before = programsOf(process.pid);
    const probe = await openProbe();
    const programs = programsOf(process.pid).difference(before);
    assert.ok(programs.size >= 6, `its programs: ${[...programs]}`);
    probe.close();
    assert.deepEqual(await left(programs), []);
  });

  it('nothing after kill -9', async () => {
    const child = await open('setInterval(() => {}, 1000)');
    const programs = programsOf(child.pid!);
    assert.ok(programs.size >= 6, `its programs: ${[...programs]}`);
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
    assert.deepEqual(await left(programs), []);
  });

  for (const [what, rest] of [
    ['close() twice', 'probe.close(); probe.close();'],
    [
      'reads after close()',
      'probe.close(); for (const f of ["sample", "activity", "rings"]) try { probe[f]() } catch {}',
    ],
  ] as const) {
    it(`${what}: an error at most, never a crash`, async () => {
      const child = await open(rest);
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
      assert.deepEqual([child.exitCode, child.signalCode], [0, null]);
    });
  }
});
