import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { startClient } from '../lib/client.ts';
import { type Network, network, noNetworks } from '../lib/netns.ts';
import { skip } from '../lib/skip.ts';
import { Waits } from '../lib/waits.ts';
import { goServer, handOff, nginxProxy, nodeServer, perConnection, type WebServer } from '../lib/webservers.ts';
import { Daemon, until } from '../scenario/daemon.ts';

const MINUTES = 30;
const PORT = 8320;
const PER_SECOND = 150;
/** A thread for each request: what one waits holds up no other. */
const OWN_THREADS = new Set(['perconn']);

type Drift = {
  pool: string;
  sinceMs: number;
  foundMs: number;
  requestsPerSecond: number;
  longerNs: number;
  said: string;
};

async function servers({ server: at }: Network): Promise<WebServer[]> {
  return [
    await nginxProxy(at, PORT, 2, 'lognormal=4000,0.3'),
    await nodeServer(at, PORT + 2, 'http', 'cpu=300', 'sleep=4000'),
    await goServer(at, PORT + 3, 2, 'cpu=300', 'sleep=4000'),
    await perConnection(at, PORT + 4, 'cpu=300', 'lognormal=4000,0.3'),
    await handOff(at, PORT + 5, 'accept', 8, 'cpu=300', 'lognormal=4000,0.3'),
  ];
}

describe('a steady load on five servers', function () {
  this.timeout((MINUTES + 5) * 60_000);

  it(`${MINUTES} minutes: no episode that the kernel's books of waits or steal time do not confirm`, async function () {
    skip(this, noNetworks());
    const net = network();
    const steady = await servers(net);
    for (const { port } of steady) {
      const load = { connections: 16, ratePerSecond: PER_SECOND, seconds: (MINUTES + 4) * 60 };
      (await startClient(net.client, net.server.address, port, load)).begin();
    }
    const pools = steady.map(({ name, port }) => `  - { name: ${name}, match: { listen: ${port} } }\n`);
    const daemon = await Daemon.start({ config: `discover: false\npools:\n${pools.join('')}` });
    const waits = new Map(steady.map(({ name, pids, behind = [] }) => [name, new Waits([...pids, ...behind])]));
    await until('requests of all', async () => (await measured(daemon)) === steady.length, 60);
    const drifts = await watch(daemon, waits);
    const { pools: last } = await daemon.status();
    for (const { pool, requests } of last) assert.equal(requests?.armedInSeconds, 0, `${pool} has no baseline`);
    assert.deepEqual(
      drifts.filter((drift) => !isConfirmed(drift, waits)).map(({ said }) => said),
      [],
    );
  });
});

async function measured(daemon: Daemon): Promise<number> {
  const { pools } = await daemon.status();
  return pools.filter(({ requests }) => (requests?.requestsPerSecond ?? 0) > PER_SECOND / 2).length;
}

/** Looks each second, and says each minute how it goes. */
async function watch(daemon: Daemon, waits: ReadonlyMap<string, Waits>): Promise<Drift[]> {
  const drifts = new Map<string, Drift>();
  for (let second = 1; second <= MINUTES * 60; second++) {
    await sleep(1000);
    const now = await driftsNow(daemon);
    for (const [name, each] of waits) each.look(!now.some(({ pool }) => pool === name));
    for (const drift of now) {
      const key = `${drift.pool} ${Math.round(drift.sinceMs / 1000)}`;
      if (drifts.has(key)) continue;
      drifts.set(key, drift);
      console.log(`      ${drift.said}, ${isConfirmed(drift, waits) ? 'confirmed' : 'NOT confirmed'}`);
    }
    if (second % 300 === 0) console.log(`      ${second / 60} of ${MINUTES} minutes, ${drifts.size} episodes`);
  }
  return [...drifts.values()];
}

async function driftsNow(daemon: Daemon): Promise<Drift[]> {
  const { pools, at } = await daemon.status();
  return pools.flatMap(({ pool, requests }) => {
    if (requests?.drifting !== true) return [];
    const { since, p99Seconds, baselineP99Seconds, requestsPerSecond, driftRatio, dominant } = requests;
    const longerNs = Math.max(0, p99Seconds! - baselineP99Seconds!) * 1e9;
    const said = `${pool} x${driftRatio!.toFixed(2)} since ${since}, found ${at}: ${JSON.stringify(dominant)}`;
    const [sinceMs, foundMs] = [Date.parse(since!), Date.parse(at)];
    return [{ pool, sinceMs, foundMs, requestsPerSecond: requestsPerSecond!, longerNs, said }];
  });
}

/**
 * Its threads, or the host's CPUs, waited longer meanwhile, by enough for what is claimed: the slowest 1 % took so much
 * longer. A wait also holds up those that arrive in it, where they share threads.
 */
function isConfirmed(
  { pool, sinceMs, foundMs, requestsPerSecond, longerNs }: Drift,
  waits: ReadonlyMap<string, Waits>,
) {
  const heldUp = OWN_THREADS.has(pool) ? 1 : 1 + (requestsPerSecond * longerNs) / 1e9;
  const grew = waits.get(pool)!.grewNsPerSecond(sinceMs, foundMs);
  return grew > 0 && grew >= (0.01 * requestsPerSecond * longerNs) / heldUp;
}
