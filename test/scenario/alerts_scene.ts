import { ALERTMANAGER, Alertmanager, type Shown } from '../lib/alertmanager.ts';
import { has } from '../lib/build.ts';
import { favoured, noQuota, setQuota } from '../lib/cgroup.ts';
import { startClient } from '../lib/client.ts';
import { type Network, network, noNetworks } from '../lib/netns.ts';
import { Webhook } from '../lib/webhook.ts';
import { goServer } from '../lib/webservers.ts';
import { Daemon, folder } from './daemon.ts';

export const DRIFT = 'PooldriftP99Drift';
export const CAUSE = 'cpu-throttled';
export const INSTANCE = 'node-17';

const PROCS = 2;
const CONNECTIONS = 64;
const PERIOD_US = 100_000;
/** CPU time of a request in all. */
const REQUEST_US = 650;
/** What the handler does: it mostly waits, so that others on the CPUs are felt less. */
const STEPS = ['cpu=500', 'sleep=60000'];
/** The quota leaves so much of the CPU time that the load needs. */
const LEFT = 0.6;
const PORT = 8400;
const PER_SECOND = 300;

/** A Go server in a cgroup of its own, under load; begin and end of the fault give the wall clock. */
export type Held = { pid: number; port: number; throttle(): number; release(): number };

/** Such a server as pool `p`, and where its alerts go. Daemons have one state folder, one after the other. */
export type Stage = Held & { hook: Webhook; manager: Alertmanager; daemon(): Promise<Daemon> };

/** Why there can be no such scene here; null: there can. */
export function noAlerting(): string | null {
  const missing = [ALERTMANAGER, 'amtool', 'prometheus', 'go'].filter((program) => !has(program));
  return missing.length > 0 ? `not installed: ${missing}` : (noNetworks() ?? noQuota());
}

export async function stage(): Promise<Stage> {
  const hook = await Webhook.start();
  const manager = await Alertmanager.start(undefined, hook.url);
  const held = await heldServer(network(), PORT, PER_SECOND);
  const flags = [`--state.dir=${folder()}/state`];
  const daemon = () => Daemon.start({ config: configuration(manager.url, held.pid), flags });
  return { ...held, hook, manager, daemon };
}

/**
 * Armed after 16 healthy seconds. An alert ends by itself after 40 s: a restart on a busy machine is shorter. Tests ask the daemon so often that it would give work up.
 */
function configuration(url: string, pid: number): string {
  return `interval: 1s
instance: ${INSTANCE}
drift: { window: 2s, baseline: 2m }
limits: { overhead: 0.5 }
alerting: { resend_delay: 10s, alertmanagers: [ "${url}" ] }
pools: [{ name: p, match: { pid: ${pid} } }]
`;
}

/** So many requests a second in open loop; server and client go before everybody else on the CPUs. */
export async function heldServer(net: Network, port: number, ratePerSecond: number, seconds = 900): Promise<Held> {
  const server = await goServer(net.server, port, PROCS, ...STEPS);
  const [group, clients] = [favoured(`held-${port}`), favoured(`client-${port}`)];
  const [pid] = server.pids as [number];
  group.add(pid);
  const load = { connections: CONNECTIONS, ratePerSecond, seconds };
  const client = await startClient(net.client, net.server.address, port, load);
  clients.add(client.pid);
  client.begin();
  const quotaUs = Math.round(LEFT * ratePerSecond * REQUEST_US * (PERIOD_US / 1e6));
  const set = (quota: number) => {
    setQuota(group, { quotaUs: quota, periodUs: PERIOD_US });
    return Date.now();
  };
  return { pid, port, throttle: () => set(quotaUs), release: () => set(-1) };
}

/** The alert of drift, where Alertmanager shows it. */
export async function shownDrift(manager: Alertmanager): Promise<Shown | undefined> {
  return (await manager.shown()).find(({ labels }) => labels.alertname === DRIFT);
}
