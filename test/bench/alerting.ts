import { setTimeout as sleep } from 'node:timers/promises';
import { Alertmanager } from '../lib/alertmanager.ts';
import { pin } from '../lib/causes.ts';
import { undoAll } from '../lib/cleanup.ts';
import { network } from '../lib/netns.ts';
import { type Notified, Webhook } from '../lib/webhook.ts';
import { CAUSE, DRIFT, type Held, heldServer, noAlerting } from '../scenario/alerts_scene.ts';
import { Daemon } from '../scenario/daemon.ts';
import { CORE } from './held.ts';
import type { BenchOptions, Part, Section } from './part.ts';
import { spread } from './stats.ts';

const POOLS = 10;
const FIRST_PORT = 17_300;
const PER_SECOND = 60;
const ARMED_MS = 180_000;
/** Between two faults; no multiple of the daemon's interval. */
const SPACE_MS = 6700;
/** After the last fault. */
const PATIENCE_MS = 60_000;
const LIMIT_SECONDS = 30;

/** Seconds from the fault to the notification; `cause` is empty where none came. */
type Delay = { seconds: number; cause: string };

/** From a fault in a pool to its alert at the far side of a real Alertmanager. */
export const alerting: Part = { name: 'alerting', run: alertingSection };

async function alertingSection(options: BenchOptions): Promise<Section> {
  const name = 'Alerting';
  const lacking = noAlerting();
  if (lacking) return { name, tables: [], targets: [], notes: [`Not measured: ${lacking}.`] };
  try {
    return section(name, await delays(options));
  } finally {
    await undoAll();
  }
}

/** The daemon's own interval and window; the baseline is shorter, so that it is armed soon. Nothing is given up. */
function configuration(servers: readonly Held[], url: string): string {
  const pools = servers.map(({ port, pid }) => `  - { name: ${poolOf(port)}, match: { pid: ${pid} } }`);
  return `drift: { baseline: 2m }
limits: { overhead: 0.5 }
alerting: { alertmanagers: [ "${url}" ] }
pools:
${pools.join('\n')}
`;
}

function poolOf(port: number): string {
  return `shop-${port - FIRST_PORT}`;
}

async function delays({ progress }: BenchOptions): Promise<Delay[]> {
  progress(`alerting: ${POOLS} Go servers`);
  const [hook, net] = [await Webhook.start(), network()];
  const manager = await Alertmanager.start(undefined, hook.url);
  const servers: Held[] = [];
  for (let i = 0; i < POOLS; i++) servers.push(await heldServer(net, FIRST_PORT + i, PER_SECOND));
  pin(CORE, ...servers.map(({ pid }) => pid));
  const daemon = await Daemon.start({ config: configuration(servers, manager.url) });
  await armed(daemon, progress);
  const early = hook.of(DRIFT).length;
  if (early > 0) throw new Error(`${early} alerts before the first fault`);
  const begun: number[] = [];
  for (const [i, server] of servers.entries()) {
    progress(`alerting: fault ${i + 1} of ${POOLS}`);
    begun.push(server.throttle());
    await sleep(SPACE_MS);
  }
  const came = (port: number) => hook.of(DRIFT).find(({ labels }) => labels.pool === poolOf(port));
  for (const end = Date.now() + PATIENCE_MS; Date.now() < end; await sleep(100))
    if (servers.every(({ port }) => came(port))) break;
  return servers.map(({ port }, i) => delayOf(came(port), begun[i]!));
}

function delayOf(notified: Notified | undefined, begunMs: number): Delay {
  if (!notified) return { seconds: PATIENCE_MS / 1000, cause: '' };
  const seconds = (notified.atMs - begunMs) / 1000;
  if (seconds <= 0) throw new Error('an alert before its fault');
  return { seconds, cause: notified.labels.cause ?? '' };
}

async function armed(daemon: Daemon, progress: BenchOptions['progress']): Promise<void> {
  for (const end = performance.now() + ARMED_MS; performance.now() < end; await sleep(1000)) {
    const { pools } = await daemon.status();
    const ready = pools.filter(({ requests }) => requests?.armedInSeconds === 0).length;
    progress(`alerting: ${ready} of ${POOLS} pools have a baseline`);
    if (ready === POOLS) return;
  }
  throw new Error(`not all ${POOLS} pools have a baseline after ${ARMED_MS / 1000} s`);
}

function section(name: string, all: readonly Delay[]): Section {
  const seconds = all.map((delay) => delay.seconds);
  const { median, low, high } = spread(seconds);
  const [worst, right] = [Math.max(...seconds), all.filter(({ cause }) => cause === CAUSE).length];
  const missing = all.filter(({ cause }) => cause === '').length;
  const row = [median, low, high, worst].map((each) => each.toFixed(1));
  return {
    name,
    tables: [
      {
        title: `From a CPU quota that is set to the notification, ${all.length} faults in ${POOLS} pools: seconds`,
        head: ['median', 'lower quartile', 'upper quartile', 'worst', `cause ${CAUSE}`],
        rows: [[...row, `${right} of ${all.length}`]],
      },
    ],
    targets: [{ name: 'worst', value: worst, limit: LIMIT_SECONDS, unit: 's' }],
    notes: [
      `Go servers with ${PER_SECOND} requests/s each, in a cgroup each, on one core; a quota leaves six tenths of what they need. The faults begin one after the other and stay.`,
      'interval and drift.window are the defaults (5 s, 10 s), drift.baseline is 2 minutes, limits.overhead 0.5. The built-in rule PooldriftP99Drift, evaluated by the daemon; the end is at a webhook of a real Alertmanager whose group_wait is 0.',
      ...(missing > 0 ? [`${missing} did not come: each counts as ${PATIENCE_MS / 1000} s.`] : []),
    ],
  };
}
