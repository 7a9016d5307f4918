import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, get } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { PoolConfig } from '../../src/config/config.ts';
import { CgroupTree } from '../../src/pools/cgroup.ts';
import type { Pool } from '../../src/pools/pool.ts';
import { Procfs } from '../../src/pools/procfs.ts';
import { SurroundingsReader } from '../../src/pools/surroundings.ts';
import { Scrapes } from '../../src/scrape/scrapes.ts';
import { has, scratch, workload } from '../lib/build.ts';
import { favoured, memoryCgroup, noMemoryLimit, noQuota } from '../lib/cgroup.ts';
import { defer } from '../lib/cleanup.ts';
import { freePort } from '../lib/ports.ts';
import { skip } from '../lib/skip.ts';
import { startProgram, startWorkload } from '../lib/workload.ts';

const MIB = 2 ** 20;

function reader(): SurroundingsReader {
  const made = new SurroundingsReader(new CgroupTree(readFileSync('/proc/self/mountinfo', 'utf8')), new Procfs());
  defer(() => made.close());
  return made;
}

function around(from: SurroundingsReader, pid: number) {
  return from.read([{ index: 0, tgids: [pid] } as unknown as Pool]).get(0)!;
}

/** Major faults of a process by itself: field 12 of /proc/PID/stat. */
function majorFaults(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[9]);
}

function file(name: string): string {
  const path = scratch(name);
  defer(() => rmSync(path, { force: true }));
  return path;
}

/** Pages in the cache are charged to who had them read: the next who asks shall be charged. */
function uncache(path: string): void {
  execFileSync('dd', [`of=${path}`, 'conv=notrunc,fsync', 'count=0'], { stdio: 'ignore' });
  execFileSync('dd', [`if=${path}`, 'iflag=nocache', 'count=0'], { stdio: 'ignore' });
}

describe('what surrounds a real pool', function () {
  this.timeout(60_000);

  it('a memory cgroup: its major faults are those of its one process', async function () {
    skip(this, noMemoryLimit());
    const group = memoryCgroup('faults');
    group.limit(16 * MIB);
    const { pid } = await startWorkload('faulter', file('faults'));
    group.add(pid);
    const from = reader();
    await sleep(300);
    const [own, before] = [majorFaults(pid), around(from, pid).memory!];
    await sleep(1500);
    const [grown, after] = [majorFaults(pid) - own, around(from, pid).memory!];
    assert.deepEqual([after.directory, after.limitBytes], [group.folder, 16 * MIB]);
    assert.ok(after.usageBytes! > 0 && after.usageBytes! <= 16 * MIB, `${after.usageBytes} bytes`);
    const told = after.majorFaults! - before.majorFaults!;
    assert.ok(grown > 100 && Math.abs(told - grown) <= 0.05 * grown + 20, `${told} major faults of ${grown}`);
  });

  it('a cgroup that is removed and made again, as with a service that restarts', async function () {
    skip(this, noMemoryLimit());
    const group = memoryCgroup('again');
    group.limit(64 * MIB);
    const { pid } = await startWorkload('busy');
    group.add(pid);
    const from = reader();
    assert.equal(around(from, pid).memory!.limitBytes, 64 * MIB);
    writeFileSync(join(group.folder, '../cgroup.procs'), String(pid));
    rmdirSync(group.folder);
    mkdirSync(group.folder);
    group.limit(32 * MIB);
    group.add(pid);
    around(from, pid); // what it holds open is of the one that has gone
    const { memory } = around(from, pid);
    assert.deepEqual([memory!.limitBytes, memory!.limitHits], [32 * MIB, 0]);
  });

  it('with room enough nothing hits the limit; without it what is read again has been thrown out', async function () {
    skip(this, noMemoryLimit());
    const path = file('again');
    writeFileSync(path, Buffer.alloc(48 * MIB, 1));
    const grown = [];
    for (const [name, limit] of [
      ['room', 256 * MIB],
      ['tight', 16 * MIB],
    ] as const) {
      const group = memoryCgroup(name);
      group.limit(limit);
      const child = spawn('sh', ['-c', `read go; while :; do cat ${path} > /dev/null; done`], {
        stdio: ['pipe', 'ignore', 'ignore'],
        detached: true,
      });
      await once(child, 'spawn');
      const exited = once(child, 'exit');
      const stop = async () => {
        if (child.exitCode === null && child.signalCode === null) process.kill(-child.pid!, 'SIGKILL');
        await exited;
      };
      defer(stop);
      group.add(child.pid!);
      uncache(path);
      const from = reader();
      child.stdin!.write('go\n');
      await sleep(500);
      const before = around(from, child.pid!).memory!;
      await sleep(1000);
      const after = around(from, child.pid!).memory!;
      grown.push({ hits: after.limitHits! - before.limitHits!, refaults: after.refaults! - before.refaults! });
      await stop();
    }
    const [room, tight] = grown;
    assert.equal(room!.hits, 0);
    assert.ok(
      tight!.hits > 100 && tight!.refaults > 1000 && tight!.refaults > 100 * room!.refaults,
      JSON.stringify(grown),
    );
  });

  it('a quota that bites: as many periods as time has, nearly all throttled', async function () {
    skip(this, noQuota());
    const group = favoured('bites', { quotaUs: 5000, periodUs: 20_000 });
    const { pid } = await startWorkload('busy');
    group.add(pid);
    const from = reader();
    await sleep(200);
    const asked = () => ({ fromMs: performance.now(), quota: around(from, pid).quota!, toMs: performance.now() });
    const first = asked();
    await sleep(1500);
    const last = asked();
    const [before, after] = [first.quota, last.quota];
    const [seconds, most] = [(last.fromMs - first.toMs) / 1000, (last.toMs - first.fromMs) / 1000];
    const periods = after.periods! - before.periods!;
    assert.ok(periods >= seconds * 50 - 2 && periods <= most * 50 + 2, `${periods} periods in ${seconds} to ${most} s`);
    const throttled = after.throttledPeriods! - before.throttledPeriods!;
    assert.ok(throttled >= 0.8 * periods && throttled <= periods + 1, `${throttled} of ${periods} periods`);
    const ratio = (after.throttledSeconds! - before.throttledSeconds!) / seconds;
    assert.ok(ratio > 0.5 && ratio < 0.85, `throttled for ${ratio} of the time`);
  });

  it('the host: its CPUs are busy, idle or stolen, and one that spins is busy', async () => {
    const from = reader();
    const before = around(from, process.pid).host!;
    const startMs = performance.now();
    while (performance.now() - startMs < 1500);
    const seconds = (performance.now() - startMs) / 1000;
    const after = around(from, process.pid).host!;
    const online = readFileSync('/proc/stat', 'utf8').match(/^cpu\d+ /gm)!.length;
    const cpus = (after.totalSeconds - before.totalSeconds) / seconds;
    assert.ok(Math.abs(cpus - online) <= 0.1 * online, `${cpus} CPUs of ${online}`);
    const busyAndStolen = after.busySeconds - before.busySeconds + after.stealSeconds - before.stealSeconds;
    assert.ok(busyAndStolen >= 0.3 * seconds && busyAndStolen <= 1.05 * online * seconds, `${busyAndStolen} s`);
    const fields = readFileSync('/proc/stat', 'utf8').split('\n')[0]!.split(/ +/).slice(1).map(Number);
    assert.ok(Math.abs(after.stealSeconds - fields[7]! / 100) < 1, `${after.stealSeconds} s stolen`);
  });
});

/** Runs, pauses and CPU time of its collector, as the Go runtime traces them. */
function traced() {
  const seen = { runs: 0, pauseSeconds: 0, assistSeconds: 0, cpuSeconds: 0 };
  // Go: src/runtime/extern.go, gctrace: mark's CPU time is assist/background/idle
  const line =
    /^gc \d+ @[\d.]+s \d+%: ([\d.]+)\+[\d.]+\+([\d.]+) ms clock, ([\d.]+)\+([\d.]+)\/([\d.]+)\/([\d.]+)\+([\d.]+) ms cpu,/;
  const take = (text: string) => {
    const figures = line
      .exec(text)
      ?.slice(1)
      .map((ms) => Number(ms) / 1000);
    if (!figures) return;
    const [sweep, mark, ...cpu] = figures as [number, number, ...number[]];
    seen.runs++;
    seen.pauseSeconds += sweep + mark;
    seen.assistSeconds += cpu[1]!;
    seen.cpuSeconds += cpu.reduce((a, b) => a + b, 0);
  };
  return { seen, take };
}

/** So many requests, eight at a time. */
async function ask(port: number, requests: number): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 8 });
  const one = async () => {
    const [response] = await once(get({ port, host: '127.0.0.1', agent }), 'response');
    response.resume();
    await once(response, 'end');
  };
  const lane = async () => {
    for (let i = 0; i < requests / 8; i++) await one();
  };
  await Promise.all(Array.from({ length: 8 }, lane));
  agent.destroy();
}

describe('the collector of a real Go server, scraped', function () {
  this.timeout(60_000);

  it('its runs, pauses, assists and CPU time are those of the runtime’s own trace', async function () {
    skip(this, has('go') ? null : 'no Go');
    const { seen, take } = traced();
    const port = await freePort();
    const env = { ...process.env, GOMAXPROCS: '2', GODEBUG: 'gctrace=1' };
    await startProgram(workload('goserver'), [`127.0.0.1:${port}`, 'live=48', 'gogc=20', 'alloc=400000'], env, take);
    const url = `http://127.0.0.1:${port}/metrics`;
    const pool = { name: 'go', size: { from: 'auto' }, latency: null, scrape: { url, intervalSeconds: 0.2 } };
    const log = { info() {}, warn: (text: string) => assert.fail(text) };
    const scrapes = new Scrapes({ pools: [pool as PoolConfig], log, windowNs: 10e9 });
    defer(() => scrapes.close());
    await sleep(1500);
    const before = { ...scrapes.gc('go')!, ...seen };
    await ask(port, 600);
    await sleep(1000);
    const after = { ...scrapes.gc('go')!, ...seen };
    const runs = after.runs - before.runs;
    assert.ok(runs >= 10, `${runs} runs`);
    assert.equal(after.gcCycles! - before.gcCycles!, runs);
    const near = (what: string, told: number, truth: number) =>
      assert.ok(
        Math.abs(told - truth) <= 0.1 * truth + 0.0005 * runs,
        `${what}: ${told} s of ${truth} s in ${runs} runs`,
      );
    near('paused', after.gcPauseSeconds! - before.gcPauseSeconds!, after.pauseSeconds - before.pauseSeconds);
    near('assisted', after.gcAssistSeconds! - before.gcAssistSeconds!, after.assistSeconds - before.assistSeconds);
    near('CPU', after.gcCpuSeconds! - before.gcCpuSeconds!, after.cpuSeconds - before.cpuSeconds);
    assert.ok(after.heapBytes! >= 48 * MIB && after.heapBytes! < 200 * MIB, `${after.heapBytes} bytes`);
  });
});
