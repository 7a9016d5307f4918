import assert from 'node:assert/strict';
import { setPriority } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Component } from '../../src/decode/sample.ts';
import type { ApiExplain } from '../../src/outputs/explain.ts';
import { pin } from '../lib/causes.ts';
import { type Cgroup, favoured, noQuota } from '../lib/cgroup.ts';
import { type Load, startClient } from '../lib/client.ts';
import { type Network, network, noNetworks } from '../lib/netns.ts';
import { threadsOf } from '../lib/procfs.ts';
import { skip } from '../lib/skip.ts';
import { handOff, nodeServer, perConnection, type WebServer } from '../lib/webservers.ts';
import { startWorkload } from '../lib/workload.ts';
import { Daemon, until } from './daemon.ts';
import { pooldrift } from './verb.ts';

const ANSWER_SECONDS = 30;
const FAULT_MS = 500;
const [HOGGED, FREE] = [1, 0];

/** A server whose fault has begun, and what must be said of it. */
type Incident = { pid: number; verdict: string; part: Component; thief: string | null };

async function load(net: Network, group: Cgroup, server: WebServer, how: Load): Promise<void> {
  const client = await startClient(net.client, net.server.address, server.port, { cpu: FREE, seconds: 90, ...how });
  group.add(client.pid);
  client.begin();
}

async function hog(net: Network, group: Cgroup): Promise<Incident> {
  const server = await perConnection(net.server, 8100, 'cpu=500');
  pin(HOGGED, server.pids[0]!);
  group.add(server.pids[0]!);
  await load(net, group, server, { connections: 4, thinkUs: 5000 });
  const { pid } = await startWorkload('busy', 1, HOGGED);
  group.add(pid);
  for (const tid of threadsOf(pid)) setPriority(tid, -10);
  return { pid: server.pids[0]!, verdict: 'noisy-neighbour', part: 'runqueue', thief: 'busy' };
}

async function quota(net: Network, group: Cgroup): Promise<Incident> {
  const server = await nodeServer(net.server, 8101, 'http', 'cpu=500');
  const [pid] = server.pids as [number];
  pin(FREE, pid);
  await load(net, group, server, { connections: 3, thinkUs: 5000 });
  favoured('slow', { quotaUs: 10_000, periodUs: 100_000 }).add(pid);
  return { pid, verdict: 'cpu-throttled', part: 'throttled', thief: null };
}

async function lock(net: Network, group: Cgroup): Promise<Incident> {
  const server = await handOff(net.server, 8102, 'accept', 4, 'cpu=100', 'lock=0', 'holder=30000,100000');
  const [pid] = server.pids as [number];
  pin(FREE, pid);
  group.add(pid);
  await load(net, group, server, { connections: 4, thinkUs: 5000 });
  return { pid, verdict: 'lock-contention', part: 'blocked_lock', thief: null };
}

function isAnswer({ verdict, part, thief }: Incident, said: ApiExplain): boolean {
  const greatest = said.budget.toSorted((a, b) => b.seconds - a.seconds)[0];
  return (
    said.verdict === verdict &&
    greatest?.component === part &&
    (thief === null || said.causes[0]?.thief?.comm === thief)
  );
}

async function explained(daemon: Daemon, name: string): Promise<ApiExplain> {
  return (await fetch(`${daemon.url}/api/v1/pools/${name}/explain`)).json() as Promise<ApiExplain>;
}

describe('started in the middle of an incident, beside clients that keep their connections', function () {
  this.retries(2); // others on a shared machine take CPUs too
  this.timeout(90_000);
  let incidents: Incident[] = [];

  beforeEach(async function () {
    skip(this, noNetworks() ?? noQuota());
    const net = network();
    const group = favoured('incident');
    incidents = [await hog(net, group), await quota(net, group), await lock(net, group)];
    await sleep(FAULT_MS);
  });

  /** In the API and in the terminal: the dominating part, the cause and the thief, of each pool. */
  async function answers(config: string): Promise<void> {
    const begun = performance.now();
    const daemon = await Daemon.start({ config });
    for (const incident of incidents) {
      const name = await until('the pool', async () => {
        const { pools } = await daemon.status();
        return pools.find(({ tgids }) => tgids.includes(incident.pid))?.pool;
      });
      let said: ApiExplain | null = null;
      const right = async () => {
        said = await explained(daemon, name);
        return isAnswer(incident, said);
      };
      await until(name, right, ANSWER_SECONDS - (performance.now() - begun) / 1000).catch((error) => {
        throw new Error(`${error.message}; wanted ${JSON.stringify(incident)}, said ${JSON.stringify(said)}`);
      });
      const { code, out, err } = await pooldrift(['explain', name, `--url=${daemon.url}`]);
      assert.equal(code, 0, err);
      const cause = new RegExp(`^Cause +${incident.verdict}, (\\d+) % of the tail`, 'm').exec(out);
      assert.ok(cause && Number(cause[1]) >= 50, out);
      if (incident.thief !== null) assert.ok(out.includes(incident.thief), out);
    }
    assert.ok(performance.now() - begun < ANSWER_SECONDS * 1000, `${performance.now() - begun} ms`);
  }

  it('within 30 s: which part dominates and who stole the time', async () => {
    const pools = incidents.map(({ pid, verdict }) => `  - { name: ${verdict}, match: { pid: ${pid} } }\n`);
    await answers(`interval: 1s\npools:\n${pools.join('')}`);
  });

  it('the same with no configuration at all', async () => {
    await answers('');
  });
});
