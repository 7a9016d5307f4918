import { existsSync } from 'node:fs';
import { configure, type Network, type Side } from './netns.ts';
import { startWorkload } from './workload.ts';

/** One direction: the delay, and the share of packets lost at random, the same ones each time. */
export type Way = { delayMs: number; lossPercent: number };

export type Passed = { passed: number; lost: number; turnedAway: number };

/** A second, slow way between the two sides of a network: `client` and `server` are the same namespaces by its addresses. */
export type Link = {
  client: Side;
  server: Side;
  /** Of who carries the packets. */
  pid: number;
  set(toServer: Way, toClient?: Way): Promise<void>;
  /** Packets so far, retransmissions included. */
  stats(): Promise<{ toServer: Passed; toClient: Passed }>;
};

/** Why there can be no link on this machine; null: there can. */
export function noLinks(): string | null {
  return existsSync('/dev/net/tun') ? null : 'no /dev/net/tun';
}

/** test/workloads/link.c between the two; ends with the test. Back is like there where only one way is given. */
export async function startLink({ client, server }: Network, toServer: Way, toClient = toServer): Promise<Link> {
  const program = await startWorkload('link', client.namespace, server.namespace);
  const at = (side: Side, host: number): Side => ({
    ...side,
    device: 'link',
    address: `10.232.0.${host}`,
    address6: `fd32::${host}`,
  });
  const link: Link = {
    pid: program.pid,
    client: at(client, 1),
    server: at(server, 2),
    async set(there, back = there) {
      program.write(['set', ...words(there), ...words(back)].join(' '));
      await program.line();
    },
    async stats() {
      program.write('stats');
      const [there, back] = JSON.parse(await program.line()).map(passed);
      return { toServer: there, toClient: back };
    },
  };
  configure(link.client);
  configure(link.server);
  await link.set(toServer, toClient);
  return link;
}

function words({ delayMs, lossPercent }: Way): number[] {
  return [Math.round(delayMs * 1000), Math.round(lossPercent * 10_000)];
}

function passed([passed, lost, turnedAway]: [number, number, number]): Passed {
  return { passed, lost, turnedAway };
}
