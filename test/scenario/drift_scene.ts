import assert from 'node:assert/strict';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiRequests } from '../../src/outputs/api_requests.ts';
import { favoured, noQuota } from '../lib/cgroup.ts';
import { startClient } from '../lib/client.ts';
import { network, noNetworks } from '../lib/netns.ts';
import { perConnection, type WebServer } from '../lib/webservers.ts';
import { type Daemon, until } from './daemon.ts';

/** The pool's own port; the server behind it listens one above. */
const PORT = 8300;
const CONNECTIONS = 64;
const ARM_SECONDS = 60;
/** A calm minute ends an episode. */
const OVER_SECONDS = 90;

/** What the servers behind do for a request: normal life, and twice as long. */
const USUAL = 'lognormal=10000,0.3';
const TWICE = 'lognormal=20000,0.3';

/** Armed after 15 healthy seconds. Tests ask the daemon so often that it would give work up. */
export const CONFIG = (pid: number) =>
  `interval: 1s
drift: { window: 5s, baseline: 1m }
limits: { overhead: 0.5 }
pools: [{ name: p, match: { pid: ${pid} } }]`;

/** A server at 1,000 requests/s, in a network namespace of its own, that asks another one for each answer. */
export type Scene = {
  server: WebServer;
  /** The server behind takes twice as long from now on; wall clock of the change. */
  slow(): Promise<number>;
  /** As it was. */
  heal(): Promise<number>;
};

/** CLOCK_REALTIME itself belongs to the whole host: what is stepped is the daemon's view of it. */
export const STEPPED = ['env', `NODE_OPTIONS=--import=${join(import.meta.dirname, 'step_clock.ts')}`];

/** Why there can be no such scene here; null: there can. */
export function noScene(): string | null {
  return noNetworks() ?? noQuota();
}

export async function scene(seconds = 600): Promise<Scene> {
  const net = network();
  const group = favoured('drift');
  const behind = await perConnection(net.server, PORT + 1, USUAL);
  const server = await perConnection(net.server, PORT, `call=${PORT + 1}`);
  const load = { connections: CONNECTIONS, ratePerSecond: 1000, seconds };
  const client = await startClient(net.client, net.server.address, PORT, load);
  for (const pid of [...behind.pids, ...server.pids, client.pid]) group.add(pid);
  client.begin();
  const change = async (step: string) => {
    await behind.steps(step);
    return Date.now();
  };
  return { server, slow: () => change(TWICE), heal: () => change(USUAL) };
}

export async function requestsOf(daemon: Daemon): Promise<ApiRequests | null> {
  return (await daemon.pool('p'))?.requests ?? null;
}

/** Waits for the baseline; what it is. */
export async function armed(daemon: Daemon, seconds = ARM_SECONDS): Promise<ApiRequests> {
  return until(
    'a baseline',
    async () => {
      const requests = await requestsOf(daemon);
      return requests?.armedInSeconds === 0 && requests.baselineP99Seconds !== null ? requests : null;
    },
    seconds,
  );
}

/** Waits for an episode. */
export async function drifts(daemon: Daemon, seconds: number): Promise<ApiRequests & { since: string }> {
  const requests = await until(
    'an episode',
    async () => {
      const now = await requestsOf(daemon);
      return now?.drifting ? now : null;
    },
    seconds,
  );
  assert.ok(requests.since !== null);
  return { ...requests, since: requests.since };
}

/** Waits for the end of the episode. */
export async function ends(daemon: Daemon, seconds = OVER_SECONDS): Promise<void> {
  await until('the end of the episode', async () => (await requestsOf(daemon))?.drifting === false, seconds);
}

/** Waits for the cause of the episode, as the metrics tell it. */
export async function settles(daemon: Daemon, seconds: number): Promise<string> {
  return until('a cause', async () => (await requestsOf(daemon))?.cause, seconds);
}

/** Fails where an episode is seen meanwhile. */
export async function staysCalm(daemon: Daemon, seconds: number): Promise<void> {
  for (const end = performance.now() + seconds * 1000; performance.now() < end; await sleep(500))
    assert.equal((await requestsOf(daemon))?.drifting, false, daemon.log);
}

const LINES = [
  ['armed', /msg="pool p: baseline armed: P99 /],
  ['began', /msg="pool p: P99 drifts since /],
  ['ended', /msg="pool p: (P99 is back to its baseline|the drift )/],
] as const;

/** What the log says of the pool's baseline and its episodes, in order. */
export function driftLines({ log }: Pick<Daemon, 'log'>): string[] {
  return log.split('\n').flatMap((line) => LINES.filter(([, form]) => form.test(line)).map(([what]) => what));
}

/** The same of episodes alone. */
export function episodeLines(daemon: Pick<Daemon, 'log'>): string[] {
  return driftLines(daemon).filter((what) => what !== 'armed');
}
