import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Component, PoolSample, RequestSample } from '../../src/decode/sample.ts';
import { requestMoment, requestsBetween } from '../../src/windows/request_moment.ts';
import { type TailBudget, tailBudget } from '../../src/windows/tail.ts';
import { type Cgroup, favoured, noQuota } from './cgroup.ts';
import { type Load, startClient } from './client.ts';
import type { Network } from './netns.ts';
import { growth, type OpenProbes, openProbes, sampleOf, serve } from './probe.ts';

/** What is put under load: all its processes are the pool. */
export type Served = { name: string; pids: number[]; port: number };

/** One server's tail without and with a fault, and who had its CPUs meanwhile, by tgid or kind. */
export type Change = { name: string; healthy: TailBudget; faulty: TailBudget; stolenNs: Map<number | string, number> };

const HEALTHY_S = 0.6;
const FAULTY_S = 1.2;
const SETTLE_MS = 150;

/**
 * Each server is a pool and has a client of its own; between two looks at the tails the fault begins. Servers, clients and
 * what is put into the group go before everybody else on the CPUs.
 */
export async function changes(
  net: Network,
  servers: readonly Served[],
  load: Load,
  begin: (group: Cgroup | null) => unknown,
): Promise<Change[]> {
  const group = noQuota() === null ? favoured('causes') : null;
  const probes = await openProbes();
  for (const [pool, { pids, port }] of servers.entries()) serve(probes, pool, pids, [port]);
  for (const { pids, port } of servers) {
    const client = await startClient(net.client, net.server.address, port, { seconds: 60, ...load });
    for (const pid of [...pids, client.pid]) group?.add(pid);
    client.begin();
  }
  await sleep(SETTLE_MS);
  const healthy = await over(probes, servers, HEALTHY_S);
  await begin(group);
  await sleep(SETTLE_MS);
  const faulty = await over(probes, servers, FAULTY_S);
  return servers.map(({ name }, i) => ({
    name,
    healthy: tailBetween(healthy.before[i]!.requests, healthy.after[i]!.requests),
    faulty: tailBetween(faulty.before[i]!.requests, faulty.after[i]!.requests),
    stolenNs: growth(faulty.before[i]!.sched, faulty.after[i]!.sched).stolenNs,
  }));
}

type Sample = { requests: RequestSample; sched: PoolSample };

async function over(probes: OpenProbes, servers: readonly Served[], seconds: number) {
  const look = (): Sample[] =>
    servers.map((_, pool) => ({ requests: probes.request.sample(pool), sched: sampleOf(probes.sched, pool) }));
  const before = look();
  await sleep(seconds * 1000);
  return { before, after: look() };
}

function tailBetween(before: RequestSample, after: RequestSample): TailBudget {
  const tail = tailBudget(requestsBetween(requestMoment(before), requestMoment(after)).rows);
  assert.ok(tail, 'no request');
  return tail;
}

/** Fails unless at least 90 % of what the tail has gained lies in one component, and that is much of a tail. */
export function gained({ name, healthy, faulty }: Change, part: Component): void {
  const addedNs = faulty.meanNs - healthy.meanNs;
  const share = (faulty.partNs[part] - healthy.partNs[part]) / addedNs;
  const told = `${name}: ${(100 * share).toFixed(1)} % of what was added is ${part}\n  without ${show(healthy)}\n  with    ${show(faulty)}`;
  assert.ok(faulty.meanNs > 2 * healthy.meanNs, `the fault is not felt; ${told}`);
  assert.ok(share >= 0.9, told);
}

export function show({ meanNs, partNs }: TailBudget): string {
  const us = (ns: number) => (ns / 1000).toFixed(0);
  const parts = Object.entries(partNs).filter(([, ns]) => Math.abs(ns) >= 1000);
  return `${us(meanNs)} us: ${parts.map(([part, ns]) => `${part} ${us(ns)}`).join(', ')}`;
}

/** Every thread of the processes, and those that they will start, on one CPU only. */
export function pin(cpu: number, ...pids: number[]): void {
  for (const pid of pids) execFileSync('taskset', ['-acp', String(cpu), String(pid)], { stdio: 'ignore' });
}

export function pinThread(cpu: number, tid: number): void {
  execFileSync('taskset', ['-cp', String(cpu), String(tid)], { stdio: 'ignore' });
}
