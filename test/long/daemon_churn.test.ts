import assert from 'node:assert/strict';
import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startWorkload } from '../lib/workload.ts';
import { Daemon, folder, until } from '../scenario/daemon.ts';
import { end, program } from '../scenario/program.ts';

const RESTARTS = 500;
const PROCESSES = 10_000;
/** Garbage that is not yet collected. */
const SLACK_KB = 12 * 1024;

function rssKb(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]);
}

/** What must not grow: series, kernel memory of maps, open files. */
async function footprint(daemon: Daemon): Promise<{ series: number; bpf: string; files: number }> {
  const text = await daemon.metrics();
  const series = text.split('\n').filter((line) => line.startsWith('pooldrift_') && !line.includes('stolen')).length;
  const bpf = [...text.matchAll(/^pooldrift_bpf_memory_bytes.*$/gm)].join('\n');
  const limits = (await daemon.status()).pools.map(({ threads, tgids }) => `${threads}/${tgids.length}`).join();
  return { series, bpf: `${bpf}\n${limits}`, files: Number(/^process_open_fds (\d+)/m.exec(text)![1]) };
}

async function restart(exe: string, times: number): Promise<void> {
  for (let i = 0; i < times; i++) await end(await program(exe, ['1000']), 'SIGKILL');
}

describe('the daemon beside what comes and goes', function () {
  this.timeout(600_000);

  it('500 pool restarts and 10,000 short-lived processes leave no trace', async () => {
    const exe = join(folder(), 'restarted');
    copyFileSync('/bin/sleep', exe);
    const churn = await startWorkload('churn', 'process', PROCESSES, 0);
    const config = `interval: 1s\npools:\n  - { name: restarted, match: { exe: ${exe} } }\n  - { name: churn, match: { pid: ${churn.pid} } }`;
    const daemon = await Daemon.start({ config });
    const round = async () => {
      churn.write('go');
      await Promise.all([churn.line(), restart(exe, RESTARTS)]);
      await until('the pools are quiet', async () => (await daemon.pool('restarted'))?.threads === 0);
      await new Promise((resolve) => setTimeout(resolve, 15_000));
    };
    await round(); // warm-up: what is allocated once
    const [before, beforeKb] = [await footprint(daemon), rssKb(daemon.pid)];
    await round();
    const [after, afterKb] = [await footprint(daemon), rssKb(daemon.pid)];
    assert.deepEqual(after, before);
    assert.ok(afterKb - beforeKb < SLACK_KB, `RSS grew from ${beforeKb} to ${afterKb} kB`);
    assert.equal((await daemon.status()).recordsLost, 0);
  });
});
