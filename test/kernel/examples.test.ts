import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { has, scratch } from '../lib/build.ts';
import { defer } from '../lib/cleanup.ts';
import { freePort } from '../lib/ports.ts';
import { openProbe, sampleOf, sum, watch } from '../lib/probe.ts';
import { threadsOf } from '../lib/procfs.ts';
import { skip } from '../lib/skip.ts';

const EXAMPLES = join(import.meta.dirname, '../../examples');
const REQUESTS = 100;

/** Starts a server, asks it REQUESTS times, and returns what its threads did meanwhile. */
async function asked(port: number, program: string, args: string[]) {
  const server = spawn(program, args, { stdio: ['ignore', 'ignore', 'ignore'] });
  defer(() => stop(server));
  await firstAnswer(port);
  const probe = await openProbe();
  watch(probe, 0, threadsOf(server.pid!));
  const before = sampleOf(probe, 0);
  for (let i = 0; i < REQUESTS; i++) assert.match(await answer(port), /^[0-9a-f]{64}\n$/);
  const after = sampleOf(probe, 0);
  await stop(server);
  assert.equal(server.exitCode, 0, 'it ends on SIGTERM');
  return { oncpuNs: after.timeNs.oncpu - before.timeNs.oncpu, waits: sum(after.waits) - sum(before.waits) };
}

async function answer(port: number): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${port}/`, { headers: { connection: 'close' } });
  return response.text();
}

async function firstAnswer(port: number): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      return void (await answer(port));
    } catch (error) {
      if (tries === 400) throw error;
      await sleep(50);
    }
  }
}

async function stop(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const exited = once(server, 'exit');
  server.kill('SIGTERM');
  const timer = setTimeout(() => server.kill('SIGKILL'), 3000);
  await exited;
  clearTimeout(timer);
}

describe('the examples', function () {
  this.timeout(60_000);

  it('Go: answers, and its work is seen', async function () {
    skip(this, has('go') ? null : 'not installed: go');
    const program = scratch('example');
    defer(() => rmSync(program, { force: true }));
    execFileSync('go', ['build', '-o', program, '.'], { cwd: join(EXAMPLES, 'go') });
    const port = await freePort();
    const { oncpuNs, waits } = await asked(port, program, ['-listen', `127.0.0.1:${port}`, '-work', '2ms']);
    assert.ok(oncpuNs > REQUESTS * 0.5e6, `${oncpuNs} ns on CPU for ${REQUESTS} answers of 2 ms`);
    assert.ok(waits >= REQUESTS);
  });

  it('Node: answers, and its work is seen', async () => {
    const port = await freePort();
    const args = [join(EXAMPLES, 'node/server.js'), '--port', String(port), '--workers', '2'];
    const { oncpuNs, waits } = await asked(port, process.execPath, args);
    assert.ok(oncpuNs > REQUESTS * 5e5, `${oncpuNs} ns on CPU for ${REQUESTS} answers`);
    assert.ok(waits >= REQUESTS);
  });
});
