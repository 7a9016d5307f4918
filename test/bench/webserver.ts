import type { ChildProcess } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { workload } from '../lib/build.ts';
import { scratch } from './build.ts';
import { end, ended, start } from './children.ts';
import { CORE, until } from './held.ts';

const NGINX_PORT = 17_180;
const WORKLOAD_PORT = 17_181;

/** A server on the measured core. */
export type WebServer = {
  port: number;
  pid: number;
  stop: () => Promise<void>;
};

/** nginx, one process that serves a file of 6 bytes: the least work a request there is. */
export async function startNginx(): Promise<WebServer> {
  const folder = join(scratch(), 'nginx');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'index.html'), 'hello\n');
  writeFileSync(join(folder, 'nginx.conf'), configuration(folder));
  const child = onCore(['nginx', '-p', folder, '-c', join(folder, 'nginx.conf'), '-e', 'stderr']);
  await listening(child, NGINX_PORT);
  return { port: NGINX_PORT, pid: child.pid!, stop: () => end(child) };
}

function configuration(folder: string): string {
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((of) => `${of}_temp_path ${folder}/${of};`);
  return `daemon off; master_process off; pid ${folder}/pid; error_log stderr error;
events { worker_connections 1024; }
http {
  access_log off; keepalive_requests 1000000000; open_file_cache max=8; ${paths.join(' ')}
  server { listen 127.0.0.1:${NGINX_PORT}; root ${folder}; }
}`;
}

/** test/workloads/NAME.c, an HTTP server, with these words behind its port. */
export async function startWorkload(name: 'perconn' | 'handoff', ...words: string[]): Promise<WebServer> {
  const child = onCore([workload(name), `${WORKLOAD_PORT}`, ...words]);
  await listening(child, WORKLOAD_PORT);
  return { port: WORKLOAD_PORT, pid: child.pid!, stop: () => end(child) };
}

/** The workloads end where their stdin closes. */
function onCore(command: readonly string[]): ChildProcess {
  return start(['taskset', '-c', `${CORE}`, ...command], { stdio: ['pipe', 'ignore', 'inherit'] });
}

async function listening(child: ChildProcess, port: number): Promise<void> {
  const hex = port.toString(16).toUpperCase().padStart(4, '0');
  const socket = new RegExp(`^ *\\d+: [0-9A-F]+:${hex} [0-9A-F:]+ 0A `, 'm');
  const listens = () => ['tcp', 'tcp6'].some((table) => socket.test(readFileSync(`/proc/net/${table}`, 'utf8')));
  await until(`a server on port ${port}`, () => ended(child) || listens());
  if (ended(child)) throw new Error(`the server for port ${port} ended with ${child.signalCode ?? child.exitCode}`);
}
