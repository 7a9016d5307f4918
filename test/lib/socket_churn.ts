import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { startClient } from './client.ts';
import { type Network, startIn } from './netns.ts';
import { type OpenProbes, serve, sum } from './probe.ts';

const PORT = 8080;
/** Of the kernel's slabs and of this process; garbage that is not yet collected. */
const SLAB_SLACK_BYTES = 2 << 20;
const RSS_SLACK_BYTES = 32 << 20;

/** Waits up to 10 s for a number: a last acknowledgement may be late, memory is freed after a grace period. */
export async function settles(read: () => number, expected: number): Promise<void> {
  for (let i = 0; i < 1000 && read() !== expected; i++) await sleep(10);
  assert.equal(read(), expected);
}

/** What socket storage takes: objects of 256 and 192 bytes that are charged to a cgroup, in use. */
function slabBytes(): number {
  const lines = readFileSync('/proc/slabinfo', 'utf8').split('\n');
  const sizes = lines.filter((line) => /^kmalloc-cg-(256|192) /.test(line)).map((line) => line.split(/ +/).map(Number));
  return sum(sizes.map(([, active, , size]) => active! * size!));
}

/** Both ends of connections of one request each, in two pools: everything counted, and nothing left at the end. */
export async function churn(
  at: Network,
  probes: OpenProbes,
  { seconds, aSecond }: { seconds: number; aSecond: number },
): Promise<void> {
  const server = await startIn(at.server, 'handoff', PORT, 'accept', 4);
  serve(probes, 0, [server.pid], [PORT]);
  const round = async (some: number) => {
    const load = { connections: 64, ratePerSecond: aSecond, seconds: some, reconnect: 1 };
    const client = await startClient(at.client, at.server.address, PORT, load);
    serve(probes, 1, [client.pid], []);
    const [connects, requests] = [sum(probes.tcp.sample(1).connects), sum(probes.request.sample(0).first)];
    client.begin();
    const looks = setInterval(() => probes.tcp.listeners(), 1000);
    const told = await client.told().finally(() => clearInterval(looks));
    await sleep(1000);
    return {
      told,
      connects: sum(probes.tcp.sample(1).connects) - connects,
      requests: sum(probes.request.sample(0).first) - requests,
    };
  };
  await round(1); // what is allocated once
  await settles(() => probes.tcp.sockets().followed, 1);
  const [slab, rss] = [slabBytes(), process.memoryUsage.rss()];
  const { told, connects, requests } = await round(seconds);
  assert.ok(told.connects > 0.75 * seconds * aSecond, `${told.connects} connects`);
  assert.equal(told.failures, 0);
  assert.equal(connects, told.connects - 64, 'the first were there before');
  assert.equal(requests, told.requests);
  await settles(() => probes.tcp.sockets().followed, 1);
  assert.equal(probes.tcp.socketsRefused(0) + probes.tcp.socketsRefused(1), 0);
  assert.ok(slabBytes() - slab < SLAB_SLACK_BYTES, `${slabBytes() - slab} bytes of storage remain`);
  assert.ok(process.memoryUsage.rss() - rss < RSS_SLACK_BYTES, `RSS grew by ${process.memoryUsage.rss() - rss} bytes`);
}
