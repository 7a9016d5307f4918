import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { scratch } from './build.ts';
import { defer } from './cleanup.ts';
import { freePort } from './ports.ts';

export const ALERTMANAGER = 'prometheus-alertmanager';
/** Alertmanager's own default; alerts go to nobody. */
const CONFIG = 'route: { receiver: none }\nreceivers: [ { name: none } ]\n';
/** Each alert is told at once, alone, when it fires and when it is over, and never again. */
const HOOKED = (url: string) =>
  JSON.stringify({
    route: { receiver: 'hook', group_by: ['...'], group_wait: '0s', group_interval: '1s', repeat_interval: '24h' },
    receivers: [{ name: 'hook', webhook_configs: [{ url, send_resolved: true }] }],
  });

/** As amtool shows an alert. */
export type Shown = {
  labels: Record<string, string>;
  annotations: Record<string, string>;
  startsAt: string;
  endsAt: string;
};

let count = 0;

/** A real Alertmanager on loopback, on its own; gone after the test. */
export class Alertmanager {
  readonly url: string;
  readonly #folder: string;
  #child: ChildProcess | null = null;

  private constructor(url: string, folder: string) {
    this.url = url;
    this.#folder = folder;
  }

  /** `port`: of one that was there before. `hook`: the webhook that is told of alerts. */
  static async start(port?: number, hook?: string): Promise<Alertmanager> {
    const folder = scratch(`alertmanager-${count++}`);
    mkdirSync(folder, { recursive: true });
    defer(() => rmSync(folder, { recursive: true, force: true }));
    writeFileSync(join(folder, 'alertmanager.yml'), hook === undefined ? CONFIG : HOOKED(hook));
    const server = new Alertmanager(`http://127.0.0.1:${port ?? (await freePort())}`, folder);
    await server.run();
    return server;
  }

  /** Again, after stop(), with what it knew. */
  async run(): Promise<void> {
    const options = {
      'config.file': join(this.#folder, 'alertmanager.yml'),
      'storage.path': join(this.#folder, 'data'),
      'web.listen-address': new URL(this.url).host,
      'cluster.listen-address': '',
      'log.level': 'error',
    };
    const flags = Object.entries(options).map(([name, value]) => `--${name}=${value}`);
    this.#child = spawn(ALERTMANAGER, flags, { stdio: 'ignore' });
    await once(this.#child, 'spawn');
    defer(() => this.stop());
    for (let tries = 0; tries < 800; tries++) {
      const answer = await fetch(`${this.url}/-/ready`).catch(() => null);
      if (answer?.ok) return;
      await sleep(50);
    }
    throw new Error('Alertmanager is not ready after 40 s');
  }

  async stop(): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    await exited;
  }

  /** What `amtool alert query` shows: alerts that fire, by name. Resolved ones are shown no more. */
  async shown(): Promise<Shown[]> {
    const query = [`--alertmanager.url=${this.url}`, '--output=json', 'alert', 'query'];
    const { stdout } = await promisify(execFile)('amtool', query);
    return (JSON.parse(stdout) as Shown[]).sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
  }

  /** Alerts that came with this status, by Alertmanager's own count. */
  async received(status: 'firing' | 'resolved'): Promise<number> {
    return this.#metric(`alertmanager_alerts_received_total{status="${status}",version="v2"}`);
  }

  async invalid(): Promise<number> {
    return this.#metric('alertmanager_alerts_invalid_total{version="v2"}');
  }

  async #metric(series: string): Promise<number> {
    const text = await (await fetch(`${this.url}/metrics`)).text();
    const line = text.split('\n').find((each) => each.startsWith(`${series} `));
    return line ? Number(line.slice(series.length)) : 0;
  }
}

function nameOf({ labels }: Shown): string {
  return labels.alertname!;
}
