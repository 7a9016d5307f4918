import { setTimeout as sleep } from 'node:timers/promises';
import type { BudgetRow, Component, Doubt, Exemplar, RequestSample } from '../../src/decode/sample.ts';
import { COMPONENTS } from '../../src/decode/sample.ts';
import { type Captured, startCapture } from './capture.ts';
import { type Client, type Load, startClient, type Told } from './client.ts';
import type { Network } from './netns.ts';
import { type OpenProbes, openProbes, serve } from './probe.ts';

/** Requests as the probe counted them between two samples. */
export type Counted = {
  requests: number;
  first: Float64Array;
  last: Float64Array;
  rows: BudgetRow[];
  doubted: Record<Doubt, number>;
};

/** The requests of one load: by the probe, by the packets, by the client. */
export type Measured = { counted: Counted; captured: Captured; told: Told; latencies: number[]; exemplars: Exemplar[] };

const DRAIN_MS = 4;
/** So often the places of workers that have gone are given back: as the daemon does. */
const HARVEST_MS = 100;

/** One load on a server of a pool whose probes are open. */
export async function measure(
  at: Network,
  probes: OpenProbes,
  target: { pool: number; port: number; address?: string },
  load: Load,
): Promise<Measured> {
  const { pool, port, address = at.server.address } = target;
  const client = await startClient(at.client, address, port, load);
  const capture = await startCapture(at.server, port);
  const before = probes.request.sample(pool);
  const { told, exemplars } = await drain(probes, pool, client);
  const captured = await capture.stop();
  const counted = between(before, probes.request.sample(pool));
  return { counted, captured, told, exemplars, latencies: client.latencies().sort((a, b) => a - b) };
}

/** What is counted on a port of these processes from now on. */
export async function countRequests(pids: readonly number[], port: number, pool = 3): Promise<() => Counted> {
  const probes = await openProbes();
  serve(probes, pool, pids, [port]);
  const before = probes.request.sample(pool);
  return () => between(before, probes.request.sample(pool));
}

/** Sees a client through, and takes the slow requests from the ring: all of them, where the probe sends so many. */
async function drain(probes: OpenProbes, pool: number, client: Client) {
  const exemplars: Exemplar[] = [];
  const take = () => probes.request.drain((exemplar) => exemplars.push(exemplar));
  probes.request.wantExemplars(pool, 0);
  const timers = [setInterval(take, DRAIN_MS), setInterval(() => probes.sched.sample(), HARVEST_MS)];
  client.begin();
  const told = await client.told().finally(() => timers.forEach(clearInterval));
  await sleep(DRAIN_MS);
  take();
  return { told, exemplars };
}

export function between(before: RequestSample, after: RequestSample): Counted {
  const less = (field: 'first' | 'last') => after[field].map((count, i) => count - before[field][i]!);
  const doubts = Object.entries(after.doubted).map(([doubt, n]) => [doubt, n - before.doubted[doubt as Doubt]]);
  const first = less('first');
  return {
    requests: first.reduce((sum, count) => sum + count, 0),
    first,
    last: less('last'),
    rows: after.budget.map((row, i) => rowBetween(before.budget[i]!, row)),
    doubted: Object.fromEntries(doubts) as Record<Doubt, number>,
  };
}

function rowBetween(before: BudgetRow, after: BudgetRow): BudgetRow {
  const parts = COMPONENTS.map((component) => [component, after.partNs[component] - before.partNs[component]]);
  return {
    requests: after.requests - before.requests,
    latencyNs: after.latencyNs - before.latencyNs,
    partNs: Object.fromEntries(parts) as Record<Component, number>,
    moved: after.moved - before.moved,
    sharedNs: after.sharedNs - before.sharedNs,
  };
}

/** One field of all rows together. */
export function sumOf(rows: readonly BudgetRow[], field: 'requests' | 'latencyNs' | 'moved' | 'sharedNs'): number {
  return rows.reduce((sum, row) => sum + row[field], 0);
}

export function partOf(rows: readonly BudgetRow[], component: Component): number {
  return rows.reduce((sum, row) => sum + row.partNs[component], 0);
}

/** Why requests are doubted, if any are. */
export function doubtsIn({ doubted }: Counted): Doubt[] {
  return (Object.keys(doubted) as Doubt[]).filter((doubt) => doubted[doubt] > 0);
}
