import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { drive } from '../lib/client.ts';
import { within } from '../lib/compare.ts';
import { HERE } from '../lib/netns.ts';
import { freePort } from '../lib/ports.ts';
import { type Growth, growth, openProbe, openProbes, sampleOf, serve, sum, watch } from '../lib/probe.ts';
import { startWorkload, type Workload } from '../lib/workload.ts';

const SPAN_MS = 700;

/** What the workers did in a span each with the work, without it, and with it again; their states always fill their time. */
async function onOffOn(work: 'thieves' | 'files', { tids }: Workload): Promise<Growth[]> {
  const probe = await openProbe();
  watch(probe, 0, tids);
  const spans: Growth[] = [];
  for (const off of [false, true, false]) {
    probe.shed(work, off);
    await sleep(100); // waits that began before are over
    const before = sampleOf(probe, 0);
    await sleep(SPAN_MS);
    const span = growth(before, sampleOf(probe, 0));
    within(sum(Object.values(span.timeNs)), tids.length * span.wallNs, 0.001, 'sum of states');
    spans.push(span);
  }
  return spans;
}

describe('work that is given up for a while', function () {
  this.timeout(60_000);

  it('thieves: who ran is unknown meanwhile', async () => {
    const hog = await startWorkload('busy', 1, 1);
    const spans = await onOffOn('thieves', await startWorkload('busy', 2, 1));
    const shareOf = ({ stolenNs }: Growth, thief: number | string) =>
      (stolenNs.get(thief) ?? 0) / sum(stolenNs.values());
    for (const span of spans)
      within(sum(span.stolenNs.values()), span.timeNs.runqueue, 0.02, 'stolen is run-queue time');
    const [before, without, again] = spans.map((span) => [shareOf(span, 'unknown'), shareOf(span, hog.pid)]);
    assert.ok(without![0]! > 0.9, `${without}`);
    for (const [unknown, hogs] of [before!, again!]) assert.ok(unknown! < 0.5 && hogs! > 0.02, `${unknown}, ${hogs}`);
  });

  it('files: what a read waits for is other meanwhile', async () => {
    const spans = await onOffOn('files', await startWorkload('receiver', 'read'));
    const shareOf = ({ blockedNs, timeNs }: Growth, reason: 'network' | 'other') => blockedNs[reason] / timeNs.blocked;
    const [before, without, again] = spans;
    assert.ok(shareOf(without!, 'other') > 0.9, JSON.stringify(without!.blockedNs));
    for (const span of [before!, again!]) assert.ok(shareOf(span, 'network') > 0.9, JSON.stringify(span.blockedNs));
  });

  it('requests: none is counted meanwhile', async () => {
    const port = await freePort();
    const server = await startWorkload('perconn', port, 'cpu=50');
    const probes = await openProbes();
    serve(probes, 0, [server.pid], [port]);
    const counts: number[] = [];
    for (const off of [false, true, false]) {
      probes.request.shed(off);
      const before = sum(probes.request.sample(0).first);
      await drive(HERE, '127.0.0.1', port, { connections: 4, count: 211 });
      counts.push(sum(probes.request.sample(0).first) - before);
    }
    assert.deepEqual(counts, [211, 0, 211]);
  });
});
