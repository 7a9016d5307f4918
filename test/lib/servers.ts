import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Context } from 'mocha';
import { has, scratch, workload } from './build.ts';
import { defer } from './cleanup.ts';
import { freePort } from './ports.ts';
import { childrenOf } from './procfs.ts';
import { skip } from './skip.ts';
import { startProgram, startWorkload } from './workload.ts';

export type Server = { name: string; pids: number[] };

const NODE_POOL = join(import.meta.dirname, '../workloads/nodepool.ts');
const KILOBYTES = 400;
const START_MS = 20_000;

/** Four pools whose workers compute for 2 ms or more at a time, together more than the CPUs can give. */
export async function burstingPools(context: Context): Promise<Server[]> {
  const missing = ['go', 'nginx', 'wrk'].filter((program) => !has(program));
  skip(context, missing.length > 0 ? `not installed: ${missing.join(', ')}` : null);
  const threads = await startWorkload('burst', 4, 3000, 3000);
  const go = await startProgram(workload('gopool'), ['4', '3ms', '3ms'], { ...process.env, GOMAXPROCS: '4' });
  const node = await startProgram(process.execPath, [NODE_POOL, '4', '3', '3']);
  return [
    { name: 'thread pool', pids: [threads.pid] },
    { name: 'Go', pids: [go.pid] },
    { name: 'Node', pids: [node.pid] },
    { name: 'nginx', pids: await nginxUnderLoad() },
  ];
}

/** nginx that compresses a page of some hundred kilobytes a request, and wrk in front of it. Its worker processes. */
export async function nginxUnderLoad(): Promise<number[]> {
  const folder = scratch('nginx');
  mkdirSync(folder, { recursive: true });
  defer(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, 'page.txt'), page());
  const port = await freePort();
  writeFileSync(join(folder, 'nginx.conf'), configuration(folder, port));
  const nginx = start('nginx', ['-p', folder, '-c', join(folder, 'nginx.conf'), '-e', 'stderr']);
  await answers(port);
  start('wrk', ['-t', '1', '-c', '8', '-d', '60', '-H', 'Accept-Encoding: gzip', `http://127.0.0.1:${port}/page.txt`]);
  return childrenOf(nginx.pid!);
}

/** Text that a compressor has to work on, the same each time. */
function page(): string {
  let seed = 1;
  const words = Array.from({ length: (KILOBYTES * 1024) / 8 }, () => {
    seed = (seed * 48_271) % 2_147_483_647;
    return (seed % 99_991).toString(36).padEnd(7, 'e');
  });
  return words.join(' ');
}

function configuration(folder: string, port: number): string {
  return `daemon off; worker_processes 4; pid ${folder}/pid; error_log stderr error;
events { worker_connections 64; }
http {
  access_log off; gzip on; gzip_types text/plain; gzip_comp_level 9; gzip_buffers 64 16k;
  types { text/plain txt; } client_body_temp_path ${folder}/b; proxy_temp_path ${folder}/p;
  fastcgi_temp_path ${folder}/f; uwsgi_temp_path ${folder}/u; scgi_temp_path ${folder}/s;
  server { listen 127.0.0.1:${port}; root ${folder}; }
}`;
}

/** A program that says nothing and ends by a signal; ends with the test. */
export function start(program: string, args: string[]): ChildProcess {
  const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` };
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'inherit'], env });
  defer(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    await exited;
  });
  return child;
}

async function answers(port: number): Promise<void> {
  for (const endMs = performance.now() + START_MS; performance.now() < endMs; await sleep(50)) {
    const socket = connect(port, '127.0.0.1');
    const open = await Promise.race([
      once(socket, 'connect').then(() => true),
      once(socket, 'error').then(() => false),
    ]).catch(() => false);
    socket.destroy();
    if (open) return;
  }
  throw new Error(`nothing answers on port ${port}`);
}
