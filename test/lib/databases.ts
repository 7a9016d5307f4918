import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Context } from 'mocha';
import { has } from './build.ts';
import { defer } from './cleanup.ts';
import { freePort } from './ports.ts';
import { start } from './servers.ts';
import { skip } from './skip.ts';
import { talkTo } from './talk.ts';

const START_MS = 20_000;
const BETWEEN_MS = 25;

/** Redis; ends with the test. */
export async function redis(context: Context): Promise<{ pid: number; port: number }> {
  skip(context, has('redis-server') ? null : 'not installed: redis-server');
  const port = await freePort();
  const { pid } = start('redis-server', ['--port', String(port), '--save', '', '--logfile', '/dev/null']);
  await until(async () => (await talkTo(port)).end());
  return { pid: pid!, port };
}

/** A command of Redis's. */
export function resp(...words: string[]): string {
  return `*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join('')}`;
}

/** PostgreSQL without TLS, with a database of its own; ends with the test. `ask` says the same so many times. */
export async function postgres(context: Context) {
  const [bin] = globSync('/usr/lib/postgresql/*/bin');
  skip(context, bin && has('psql') ? null : 'not installed: postgresql, psql');
  const folder = mkdtempSync(join(tmpdir(), 'pooldrift-postgres-'));
  defer(() => rmSync(folder, { recursive: true, force: true }));
  const port = await freePort();
  const as = (...command: string[]) => ['--reuid=postgres', '--regid=postgres', '--clear-groups', ...command];
  execFileSync('chown', ['postgres', folder]);
  execFileSync('setpriv', as(`${bin}/initdb`, '-D', `${folder}/data`, '-A', 'trust', '--no-sync'), { stdio: 'ignore' });
  const args = ['-D', `${folder}/data`, '-p', String(port), '-k', folder, '-F'];
  const server = spawn('setpriv', as(`${bin}/postgres`, ...args), { stdio: 'ignore' });
  defer(async () => {
    const ended = once(server, 'exit');
    server.kill('SIGINT');
    await ended;
  });
  const ask = (text: string, times: number) => psql(port, `${text}\n`.repeat(times));
  await until(() => ask('SELECT 1;', 1));
  return { port, pid: server.pid!, ask };
}

async function psql(port: number, text: string): Promise<void> {
  const url = `postgres://postgres@127.0.0.1:${port}/postgres?sslmode=disable`;
  const client = spawn('psql', [url, '-qAt'], { stdio: ['pipe', 'ignore', 'ignore'] });
  client.stdin.on('error', () => {}); // EPIPE: it could not connect, which its exit tells
  client.stdin.end(text);
  const [code] = await once(client, 'exit');
  if (code !== 0) throw new Error(`psql: exit ${code}`);
}

async function until(works: () => Promise<void>): Promise<void> {
  for (const endMs = performance.now() + START_MS; ; ) {
    try {
      await works();
      return;
    } catch (error) {
      if (performance.now() > endMs) throw error;
      await sleep(BETWEEN_MS);
    }
  }
}
