import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiPool, ApiPools } from '../../src/outputs/api.ts';
import { defer } from '../lib/cleanup.ts';

export const POOLDRIFT = join(import.meta.dirname, '../../bin/pooldrift');

/** A folder for one test's files, mode 0700; removed with the test. */
export function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'pooldrift-scenario-'));
  defer(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  await new Promise((closed) => server.close(closed));
  return port;
}

/** Asks until the answer is neither null, undefined nor false; fails after `seconds`, naming `what`. */
export async function until<T>(what: string, ask: () => T | Promise<T>, seconds = 20): Promise<NonNullable<T>> {
  for (const end = performance.now() + seconds * 1000; performance.now() < end; await sleep(50)) {
    const answer = await ask();
    if (answer !== null && answer !== undefined && answer !== false) return answer;
  }
  throw new Error(`${what}: not within ${seconds} s`);
}

export type Options = { config?: string; flags?: string[]; wrap?: string[] };

/** The real daemon on a port and with a state folder of its own; ended with the test. */
export class Daemon {
  readonly child: ChildProcess;
  readonly port: number;
  readonly configFile: string;
  log = '';

  private constructor(child: ChildProcess, port: number, configFile: string) {
    this.child = child;
    this.port = port;
    this.configFile = configFile;
    for (const stream of [child.stdout!, child.stderr!])
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.log += text;
      });
  }

  /** Spawned; it may still fail to start. `config` is YAML. */
  static async spawn({ config = '', flags = [], wrap = [] }: Options = {}): Promise<Daemon> {
    const [at, port] = [folder(), await freePort()];
    const file = join(at, 'pooldrift.yaml');
    writeFileSync(file, config, { mode: 0o600 });
    const run = ['run', `--config.file=${file}`, `--state.dir=${at}/state`, `--web.listen-address=127.0.0.1:${port}`];
    const [program, ...args] = [...wrap, POOLDRIFT, ...run, ...flags];
    const child = spawn(program!, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    const daemon = new Daemon(child, port, file);
    defer(async () => void (await daemon.stop('SIGKILL')));
    return daemon;
  }

  /** Spawned, and ready to answer. */
  static async start(options: Options = {}): Promise<Daemon> {
    const daemon = await Daemon.spawn(options);
    await until('the daemon is ready', () => daemon.#alive() && daemon.isReady(), 45);
    return daemon;
  }

  get pid(): number {
    return this.child.pid!;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  #alive(): true {
    if (this.#ended()) throw new Error(`the daemon ended with ${this.child.exitCode}: ${this.log}`);
    return true;
  }

  #ended(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  async isReady(): Promise<boolean> {
    return fetch(`${this.url}/-/ready`).then(
      ({ ok }) => ok,
      () => false,
    );
  }

  async metrics(accept = 'text/plain'): Promise<string> {
    return (await fetch(`${this.url}/metrics`, { headers: { accept } })).text();
  }

  async status(): Promise<ApiPools> {
    return (await fetch(`${this.url}/api/v1/pools`)).json() as Promise<ApiPools>;
  }

  async pool(name: string): Promise<ApiPool | undefined> {
    return (await this.status()).pools.find(({ pool }) => pool === name);
  }

  /** Until a line of the log holds `text`. */
  async says(text: string | RegExp, seconds = 20): Promise<string> {
    const find = () =>
      this.log.split('\n').find((line) => (text instanceof RegExp ? text.test(line) : line.includes(text)));
    return until(`the log says ${text}, not only\n${this.log}\n`, find, seconds);
  }

  /** How it ended by itself. */
  async ends(): Promise<number | null> {
    if (!this.#ended()) await once(this.child, 'close');
    return this.child.exitCode;
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    if (!this.#ended()) this.child.kill(signal);
    return this.ends();
  }
}
