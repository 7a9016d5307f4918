import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { scratch } from './build.ts';
import { defer } from './cleanup.ts';
import { freePort } from './ports.ts';
import { type Given, writeRequest } from './remote_write.ts';

/** One sample of an answer. */
export type Answered = { labels: Record<string, string>; value: number };
/** `refused`: the text is no expression; `error`: it cannot be evaluated on these samples. */
export type Answer = { refused: string } | { error: string } | { scalar: number } | { vector: Answered[] };

/** An alert, with its annotations expanded. */
export type Alerting = {
  labels: Record<string, string>;
  annotations: Record<string, string>;
  state: 'pending' | 'firing';
  activeAt: string;
};

type Body = {
  status: string;
  error?: string;
  data?: { resultType: string; result: unknown };
};

/** A rule file by its name, beside the configuration. */
export type RuleFiles = Record<string, string>;

/** A real Prometheus on loopback, with an empty database; gone after the test. */
export class Prometheus {
  readonly #url: string;
  readonly #folder: string;

  private constructor(url: string, folder: string) {
    this.#url = url;
    this.#folder = folder;
  }

  static async start(): Promise<Prometheus> {
    const folder = scratch('prometheus');
    mkdirSync(folder, { recursive: true });
    defer(() => rmSync(folder, { recursive: true, force: true }));
    const config = join(folder, 'prometheus.yml');
    writeFileSync(config, '{}');
    const address = `127.0.0.1:${await freePort()}`;
    const options = {
      'config.file': config,
      'storage.tsdb.path': join(folder, 'data'),
      'storage.tsdb.retention.time': '100y',
      'web.listen-address': address,
      'log.level': 'error',
    };
    const flags = Object.entries(options).map(([name, value]) => `--${name}=${value}`);
    const enabled = ['--web.enable-remote-write-receiver', '--web.enable-lifecycle'];
    const child = spawn('prometheus', [...flags, ...enabled], { stdio: 'ignore' });
    await once(child, 'spawn');
    const exited = once(child, 'exit');
    defer(async () => {
      child.kill('SIGTERM');
      await exited;
    });
    const server = new Prometheus(`http://${address}`, folder);
    await server.#ready();
    return server;
  }

  async #ready(): Promise<void> {
    for (let tries = 0; tries < 800; tries++) {
      const answer = await fetch(`${this.#url}/-/ready`).catch(() => null);
      if (answer?.ok) return;
      await sleep(50);
    }
    throw new Error('Prometheus is not ready after 40 s');
  }

  /** Another configuration, and rule files that it is given the names of; in force when it is here. */
  async reload(config: Record<string, unknown>, rules: RuleFiles = {}): Promise<void> {
    for (const [name, text] of Object.entries(rules)) writeFileSync(join(this.#folder, name), text);
    const whole = { ...config, rule_files: Object.keys(rules) };
    writeFileSync(join(this.#folder, 'prometheus.yml'), JSON.stringify(whole));
    const answer = await fetch(`${this.#url}/-/reload`, { method: 'POST' });
    if (!answer.ok) throw new Error(`reload: ${answer.status} ${await answer.text()}`);
  }

  /** Of itself, in the text format. */
  async metrics(): Promise<string> {
    return (await fetch(`${this.#url}/metrics`)).text();
  }

  /** Pending and firing ones. */
  async alerts(): Promise<Alerting[]> {
    const answer = await fetch(`${this.#url}/api/v1/alerts`);
    return ((await answer.json()) as { data: { alerts: Alerting[] } }).data.alerts;
  }

  async majorVersion(): Promise<number> {
    const answer = await fetch(`${this.#url}/api/v1/status/buildinfo`);
    const { data } = (await answer.json()) as { data: { version: string } };
    return Number.parseInt(data.version, 10);
  }

  /** Times rise from call to call. */
  async write(series: readonly Given[]): Promise<void> {
    const headers = { 'Content-Encoding': 'snappy', 'Content-Type': 'application/x-protobuf' };
    const body = new Uint8Array(writeRequest(series));
    const answer = await fetch(`${this.#url}/api/v1/write`, { method: 'POST', headers, body });
    if (!answer.ok) throw new Error(`remote write: ${answer.status} ${await answer.text()}`);
  }

  async query(query: string, timeMs: number): Promise<Answer> {
    const body = new URLSearchParams({ query, time: (timeMs / 1000).toFixed(3) });
    const response = await fetch(`${this.#url}/api/v1/query`, { method: 'POST', body });
    const answer = (await response.json()) as Body;
    if (response.status === 400) return { refused: answer.error! };
    if (response.status === 422) return { error: answer.error! };
    if (answer.status !== 'success') throw new Error(`${query}: ${answer.error}`);
    const { resultType, result } = answer.data!;
    if (resultType === 'scalar') return { scalar: numberOf((result as [number, string])[1]) };
    if (resultType !== 'vector') throw new Error(`${query}: answers a ${resultType}`);
    return { vector: (result as { metric: Record<string, string>; value: [number, string] }[]).map(answered) };
  }
}

function answered({ metric, value }: { metric: Record<string, string>; value: [number, string] }): Answered {
  return { labels: metric, value: numberOf(value[1]) };
}

function numberOf(text: string): number {
  return Number(text.replace('Inf', 'Infinity').replace('+', ''));
}
