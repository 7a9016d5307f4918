import assert from 'node:assert/strict';
import { chownSync } from 'node:fs';
import { join } from 'node:path';
import { startProgram } from '../lib/workload.ts';
import { folder, freePort, until } from './daemon.ts';

const NODESERVER = join(import.meta.dirname, '../workloads/nodeserver.ts');
/** Neither root nor each other's. */
const SERVICE_UID = 65_534;
const SERVER_UID = 65_533;
const THREADPOOL = 6;

/** setpriv's part of a command line: exactly these capabilities, as a service manager gives them to a user that is not root. */
export function asService(capabilities: readonly string[]): string[] {
  const set = ['-all', ...capabilities.map((name) => `+${name}`)].join();
  const user = [`--reuid=${SERVICE_UID}`, `--regid=${SERVICE_UID}`, '--clear-groups', '--no-new-privs'];
  return ['setpriv', ...user, `--bounding-set=${set}`, `--inh-caps=${set}`, `--ambient-caps=${set}`];
}

/** A state folder that the service's user owns. */
export function stateFlag(): string {
  const at = folder();
  chownSync(at, SERVICE_UID, SERVICE_UID);
  return `--state.dir=${at}`;
}

/** A web server of another user, whose size is in its environment. Its port, and its process. */
export async function otherUsersServer(): Promise<{ port: number; pid: number }> {
  const port = await freePort();
  const user = [`--reuid=${SERVER_UID}`, `--regid=${SERVER_UID}`, '--clear-groups'];
  const env = { ...process.env, UV_THREADPOOL_SIZE: String(THREADPOOL) };
  const args = [...user, process.execPath, NODESERVER, String(port), 'http', 'cpu=500'];
  const { pid } = await startProgram('setpriv', args, env);
  return { port, pid };
}

/** The value of a series; null: it is not there. */
export function value(metrics: string, series: string): number | null {
  const line = metrics.split('\n').find((each) => each.startsWith(`${series} `));
  return line === undefined ? null : Number(line.slice(series.length + 1));
}

export async function metricsOf(url: string): Promise<string> {
  return (await fetch(`${url}/metrics`)).text();
}

/** The smoke set: every probe counts, and what needs the rights to look into other users' processes is known. */
export async function showsAll(url: string, pool: string, port: number): Promise<void> {
  const asked = async () => {
    for (let i = 0; i < 20; i++) await (await fetch(`http://127.0.0.1:${port}/`)).text();
    const metrics = await metricsOf(url);
    return [
      `pooldrift_pool_switches_total{pool="${pool}",kind="voluntary"}`,
      `pooldrift_request_duration_seconds_count{pool="${pool}"}`,
      `pooldrift_tcp_segments_sent_total{pool="${pool}"}`,
      `pooldrift_pool_time_seconds_total{pool="${pool}",state="oncpu"}`,
    ].every((series) => (value(metrics, series) ?? 0) > 0);
  };
  await until('all probes count', asked, 30);
  const metrics = await metricsOf(url);
  assert.equal(value(metrics, `pooldrift_pool_size{pool="${pool}"}`), 1 + THREADPOOL);
  const info = metrics.split('\n').find((line) => line.startsWith('pooldrift_pool_info'));
  assert.match(info!, /kind="node".*size_source="environment"/);
}
