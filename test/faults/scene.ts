import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Cause } from '../../src/attribution/causes.ts';
import { type Cgroup, favoured, noQuota } from '../lib/cgroup.ts';
import { type Client, type Load, startClient } from '../lib/client.ts';
import { HERE, type Network, network, noNetworks, type Side } from '../lib/netns.ts';

/** Servers have one CPU for themselves; clients, what is behind a server and the daemon have the other. */
export const [CLIENT_CPU, SERVER_CPU] = [0, 1];
/** That nobody else listens on: it makes the pool. */
export const PORT = 17_431;

/**
 * A server that is well, and the fault that can be begun in it. Rates are such that the shortest window of the detector
 * has up to 6 or more than 30 slow requests in healthy times: between them it waits for longer ones, which a baseline of
 * a few seconds does not know yet.
 */
export type Scene = {
  name: string;
  /** What is run and what is done to it, for the document. */
  what: string;
  /** Verdicts that are right, the label first; null: no episode. */
  right: readonly (Cause | null)[];
  /** Who must be named beside a right verdict. */
  thief?: string;
  /** What this machine lacks for it, beyond what all scenes need; null: nothing. */
  lacks?: () => string | null;
  stage(ground: Ground): Promise<Stage>;
};

/** `settings`: more of the pool's configuration. `begin` is through when the fault is in force. */
export type Stage = { pids: readonly number[]; settings?: string; begin(): unknown };

/** What scenes are staged on: two hosts, and a cgroup that goes before everybody else on the CPUs. */
export type Ground = {
  net: Network;
  group: Cgroup;
  /** A client on its CPU, begun. */
  load(port: number, how: Load, server?: Side): Promise<Client>;
};

const LOAD_SECONDS = 180;
/** Of each period of a second; the root leaves 950,000 to all cgroups. */
const URGENT_US = 900_000;

/**
 * Puts processes before everybody else, also before what has just begun to run: where a fault is not about CPUs, a
 * shared machine is to be felt less. Of a favoured group only.
 */
export function hurry(group: Cgroup, ...pids: readonly number[]): void {
  writeFileSync(join(group.folder, 'cpu.rt_runtime_us'), String(URGENT_US));
  for (const pid of pids) {
    group.add(pid);
    execFileSync('chrt', ['-a', '-r', '-p', '1', String(pid)], { stdio: 'ignore' });
  }
}

/** Why no scene can be staged on this machine; null: they can. */
export function noGround(): string | null {
  return noNetworks() ?? noQuota();
}

/** Removed with the test. */
export function ground(): Ground {
  const [net, group] = [network(), favoured('faults')];
  const load = async (port: number, how: Load, server = net.server): Promise<Client> => {
    const from = server === HERE ? HERE : net.client;
    const words = { cpu: CLIENT_CPU, seconds: LOAD_SECONDS, ...how };
    const client = await startClient(from, server.address, port, words);
    group.add(client.pid);
    client.begin();
    return client;
  };
  return { net, group, load };
}
