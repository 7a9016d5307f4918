import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { scratch, workload } from './build.ts';
import { defer } from './cleanup.ts';
import { enter, type Side, startIn, startProgramIn } from './netns.ts';
import { childrenOf } from './procfs.ts';
import { start } from './servers.ts';
import type { Workload } from './workload.ts';

const START_TRIES = 1000;

/** An HTTP server in a namespace; ends with the test. Words are those of test/workloads/steps.h, as far as it knows them. */
export type WebServer = {
  name: string;
  /** All its processes, the parent first. */
  pids: number[];
  /** Those of the server that it asks, if any. */
  behind?: number[];
  /** The threads that it named, if any. */
  tids: number[];
  port: number;
  /** What a handler does from the next request on. */
  steps(...words: string[]): Promise<void>;
  stop(): Promise<void>;
};

/** A thread a connection, in C: every word. */
export async function perConnection(at: Side, port: number, ...words: string[]): Promise<WebServer> {
  return server('perconn', port, await startIn(at, 'perconn', port, ...words));
}

/** An acceptor and workers, in C: every word. `accept`: the worker reads the request; `read`: the acceptor does. */
export async function handOff(
  at: Side,
  port: number,
  mode: 'accept' | 'read',
  workers: number,
  ...words: string[]
): Promise<WebServer> {
  return server('handoff', port, await startIn(at, 'handoff', port, mode, workers, ...words));
}

/** Workers, in C, each with a connection of its own from accept to its end: every word. */
export async function prefork(
  at: Side,
  port: number,
  backlog: number,
  workers: number,
  ...words: string[]
): Promise<WebServer> {
  return server('prefork', port, await startIn(at, 'prefork', port, backlog, workers, ...words));
}

/** One thread with io_uring, in C: every word. `how` is who receives and sends: itself, kernel workers, the poller. */
export async function ioUring(
  at: Side,
  port: number,
  how: 'inline' | 'async' | 'sqpoll',
  ...words: string[]
): Promise<WebServer> {
  return server('uring', port, await startIn(at, 'uring', port, how, ...words));
}

/** A thread a connection that moves bytes by splice() to perconn with these words, which listens one port above. */
export async function splicer(at: Side, port: number, ...words: string[]): Promise<WebServer> {
  const slow = await perConnection(at, port + 1, ...words);
  return { ...server('splicer', port, await startIn(at, 'splicer', port, port + 1)), steps: slow.steps };
}

/** net/http; the words in test/workloads/goserver.go. */
export async function goServer(at: Side, port: number, procs: number, ...words: string[]): Promise<WebServer> {
  const env = { ...process.env, GOMAXPROCS: String(procs) };
  return server('goserver', port, await startProgramIn(at, workload('goserver'), [`:${port}`, ...words], env));
}

/**
 * Node; cpu, and sleep by whole milliseconds, during which other requests are served. `h2c`: HTTP/2 without TLS;
 * `tls`: HTTP/1.1 over TLS, with a certificate made for it.
 */
export async function nodeServer(
  at: Side,
  port: number,
  protocol: 'http' | 'h2c' | 'tls',
  ...words: string[]
): Promise<WebServer> {
  const script = join(import.meta.dirname, '../workloads/nodeserver.ts');
  const args = [script, String(port), protocol === 'tls' ? certificate() : protocol, ...words];
  return server('node', port, await startProgramIn(at, process.execPath, args));
}

/** A file with a new key and its certificate; removed with the test. */
function certificate(): string {
  const file = scratch('certificate.pem');
  defer(() => rmSync(file, { force: true }));
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', file, '-out', file];
  execFileSync('openssl', ['req', '-x509', ...key, '-days', '2', '-subj', '/CN=test'], { stdio: 'ignore' });
  return file;
}

function server(name: string, port: number, program: Workload): WebServer {
  return {
    name,
    pids: [program.pid],
    tids: program.tids,
    port,
    async steps(...words) {
      program.write(['steps', ...words].join(' '));
      const answer = await program.line();
      if (answer !== 'ok') throw new Error(`${name} said ${answer}, not ok`);
    },
    stop: program.stop,
  };
}

/** nginx in front of perconn with these words, which listens one port above it; it is the server, perconn is not. */
export async function nginxProxy(at: Side, port: number, workers: number, ...words: string[]): Promise<WebServer> {
  const slow = await perConnection(at, port + 1, ...words);
  const upstream = `upstream slow { server 127.0.0.1:${port + 1}; keepalive 256; keepalive_requests 1000000000; }`;
  const location = 'proxy_pass http://slow; proxy_http_version 1.1; proxy_set_header Connection "";';
  const pids = await nginx(at, port, workers, upstream, location);
  return { name: 'nginx', pids, behind: slow.pids, tids: pids.slice(1), port, steps: slow.steps, stop: slow.stop };
}

/** nginx with one file of 6 bytes: the least work a request there is. */
export async function nginxFile(at: Side, port: number, workers: number): Promise<number[]> {
  return nginx(at, port, workers, '', 'open_file_cache max=8;');
}

async function nginx(at: Side, port: number, workers: number, upstream: string, location: string): Promise<number[]> {
  const folder = scratch(`nginx-${port}`);
  mkdirSync(folder, { recursive: true });
  defer(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, 'index.html'), 'hello\n');
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((of) => `${of}_temp_path ${folder}/${of};`);
  writeFileSync(
    join(folder, 'nginx.conf'),
    `daemon off; worker_processes ${workers}; worker_rlimit_nofile 20000; pid ${folder}/pid; error_log stderr error;
events { worker_connections 16384; }
http {
  access_log off; keepalive_requests 1000000000; keepalive_timeout 600s; ${paths.join(' ')} ${upstream}
  server { listen [::]:${port} ipv6only=off backlog=4096; root ${folder}; location / { ${location} } }
}`,
  );
  const [command, ...args] = enter(at, 'nginx', ['-p', folder, '-c', join(folder, 'nginx.conf'), '-e', 'stderr']);
  const { pid } = start(command!, args);
  for (let tries = 0; children(pid!).length < workers; tries++) {
    if (tries === START_TRIES) throw new Error(`nginx has ${children(pid!).length} of ${workers} workers`);
    await sleep(20);
  }
  return [pid!, ...children(pid!)];
}

function children(pid: number): number[] {
  try {
    return childrenOf(pid);
  } catch {
    throw new Error('nginx has ended');
  }
}
