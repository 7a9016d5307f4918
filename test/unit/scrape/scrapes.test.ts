import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { PoolConfig } from '../../../src/config/config.ts';
import { Scrapes } from '../../../src/scrape/scrapes.ts';
import { defer } from '../../lib/cleanup.ts';
import { OPENMETRICS, program } from './registry.ts';
import { nobody, target, textTarget, until } from './server.ts';

const METRIC = 'http_request_duration_seconds';

/** A pool whose target is asked every 10 ms; the file allows no less than a second. */
function pool(url: URL | string, change: Partial<PoolConfig> = {}): PoolConfig {
  return {
    name: 'checkout',
    match: { pid: 1 },
    workers: null,
    size: { metric: 'pool_size' },
    latency: { metric: METRIC },
    scrape: { url: String(url), intervalSeconds: 0.01 },
    ...change,
  };
}

function start(pools: PoolConfig[], timeoutMs = 5000) {
  const lines: string[] = [];
  const log = { info: (line: string) => lines.push(line), warn: (line: string) => lines.push(`warn: ${line}`) };
  const scrapes = new Scrapes({ pools, log, windowNs: 30e9, timeoutMs });
  defer(() => scrapes.close());
  return { scrapes, lines, fault: () => scrapes.read('checkout')?.fault };
}

/** A program whose answers can be changed while it is scraped. */
async function served(type = '') {
  const { registry, requests, size } = program();
  if (type !== '') registry.setContentType(OPENMETRICS);
  const state = { status: 200, asked: 0, text: null as string | null };
  const url = await target(async (_, response) => {
    state.asked++;
    response.writeHead(state.status, { 'content-type': registry.contentType });
    response.end(state.text ?? (await registry.metrics()));
  });
  return { url, requests, size, state };
}

describe('scrapes', () => {
  for (const type of ['text', OPENMETRICS])
    it(`read the size and the latency of a real client library: ${type}`, async () => {
      const { url, requests, size, state } = await served(type === 'text' ? '' : type);
      requests.observe({ route: '/a', code: '200' }, 9);
      size.set({ kind: 'a' }, 8);
      const { scrapes, lines } = start([pool(url)]);
      const latency = () => scrapes.read('checkout')!.latency;
      assert.deepEqual(scrapes.value('checkout', 'pool_size'), { value: null, reason: 'not scraped yet' });
      await until(() => latency()?.requests === 0);
      for (let i = 0; i < 100; i++)
        requests.observe({ route: i % 2 ? '/a' : '/new', code: '200' }, i < 50 ? 0.05 : 0.3);
      await until(() => latency()?.requests === 100);
      const { p50Seconds, p99Seconds, sumSeconds, metric } = latency()!;
      assert.deepEqual([metric, p50Seconds, p99Seconds], [METRIC, 0.1, 0.1 + 0.4 * (49 / 50)]);
      assert.ok(Math.abs(sumSeconds! - 17.5) < 1e-9);
      assert.deepEqual(scrapes.value('checkout', 'pool_size'), { value: 8, reason: '' });
      assert.deepEqual([scrapes.read('checkout')!.fault, lines], [null, []]);
      assert.ok(state.asked >= 3);
    });

  it('go on after a fault, which is kept, and logged when it changes', async () => {
    const { url, requests, size, state } = await served();
    requests.observe({ route: '/a', code: '200' }, 0.05);
    size.set({ kind: 'a' }, 8);
    url.username = 'me';
    url.password = 'secret';
    url.search = '?token=secret';
    const { scrapes, lines, fault } = start([pool(url)]);
    await until(() => scrapes.read('checkout')!.latency !== null);
    for (const status of [503, 500]) {
      state.status = status;
      await until(() => fault() === `HTTP ${status}`);
      const before = state.asked;
      await until(() => state.asked > before + 3);
    }
    assert.equal(scrapes.read('checkout')!.latency, null);
    state.status = 200;
    await until(() => fault() === null);
    assert.equal(scrapes.read('checkout')!.latency?.requests, 0);
    const what = `pool checkout: scrape of ${url.origin}/metrics`;
    assert.deepEqual(lines, [`warn: ${what}: HTTP 503`, `warn: ${what}: HTTP 500`, `${what} works again`]);
  });

  it('keep a size for three intervals after the last good scrape', async () => {
    const { url, size, state } = await served();
    size.set({ kind: 'a' }, 8);
    const { scrapes, fault } = start([
      pool(url, { latency: null, scrape: { url: String(url), intervalSeconds: 0.1 } }),
    ]);
    const value = () => scrapes.value('checkout', 'pool_size');
    await until(() => value().value === 8);
    state.status = 503;
    await until(() => fault() === 'HTTP 503');
    assert.equal(value().value, 8);
    await until(() => value().value === null);
    assert.equal(value().reason, 'HTTP 503');
  });

  it('tell what is wrong with each metric, and read the other', async () => {
    const text = '# TYPE pool_size gauge\npool_size 4\n';
    const { scrapes, fault } = start([pool(await textTarget(text))]);
    await until(() => fault() === `no metric ${METRIC}`);
    assert.equal(scrapes.value('checkout', 'pool_size').value, 4);
    const both = start([pool(await textTarget('# TYPE pool_size counter\npool_size 4\n'))]);
    await until(() => both.fault() === `no metric ${METRIC}; pool_size is a counter, not a gauge`);
    assert.deepEqual(both.scrapes.value('checkout', 'pool_size'), {
      value: null,
      reason: 'pool_size is a counter, not a gauge',
    });
  });

  it('count a first request after scrapes that had no such metric', async () => {
    const { url, requests, state } = await served();
    state.text = 'other 1\n';
    const { scrapes, fault } = start([pool(url, { size: { from: 'auto' } })]);
    await until(() => fault() === `no metric ${METRIC}` && state.asked >= 2);
    requests.observe({ route: '/a', code: '200' }, 0.3);
    state.text = null;
    await until(() => scrapes.read('checkout')!.latency?.requests === 1);
  });

  it('do not believe two processes that answer in turn', async () => {
    const [one, two] = [program(), program()];
    for (let i = 0; i < 50; i++) one.requests.observe({ route: '/a', code: '200' }, 0.3);
    two.requests.observe({ route: '/a', code: '200' }, 0.3);
    let turn = 0;
    const url = await target(async (_, response) => {
      response.end(await [one, two][turn++ % 2]!.registry.metrics());
    });
    const { scrapes, fault } = start([pool(url, { size: { from: 'auto' } })]);
    await until(() => fault()?.includes('answer in turn') === true);
    assert.equal(scrapes.read('checkout')!.latency, null);
  });

  it('never ask a target while an answer is under way', async () => {
    let [now, most, asked] = [0, 0, 0];
    const url = await target(async (_, response) => {
      asked++;
      most = Math.max(most, ++now);
      await sleep(35);
      now--;
      response.end('pool_size 1\n');
    });
    start([pool(url)]);
    await until(() => asked >= 4);
    assert.equal(most, 1);
  });

  it('give up a target that does not answer in time, and ask it again', async () => {
    let asked = 0;
    const url = await target((_, response) => {
      if (++asked > 2) response.end('pool_size 1\n');
    });
    const { scrapes, lines } = start([pool(url, { latency: null })], 30);
    await until(() => scrapes.value('checkout', 'pool_size').value === 1);
    assert.match(lines[0]!, /: no whole answer in 0.03 s$/);
  });

  it('take a new configuration: what stays goes on, what changes begins anew, what has gone is not asked', async () => {
    const [stays, changes, goes] = [await served(), await served(), await served()];
    const named = (name: string, { url }: { url: URL }, change: Partial<PoolConfig> = {}) =>
      pool(url, { name, size: { from: 'auto' }, ...change });
    for (const { requests } of [stays, changes]) requests.observe({ route: '/a', code: '200' }, 0.3);
    const { scrapes } = start([named('stays', stays), named('changes', changes), named('goes', goes)]);
    const latency = (name: string) => scrapes.read(name)?.latency ?? null;
    await until(() => latency('stays') !== null && latency('changes') !== null && goes.state.asked > 0);
    scrapes.configure([
      named('stays', stays),
      named('changes', changes, { latency: { metric: 'other' } }),
      named('without', goes, { scrape: null }),
    ]);
    assert.notEqual(latency('stays'), null);
    assert.deepEqual([latency('changes'), scrapes.read('goes'), scrapes.read('without')], [null, null, null]);
    await until(() => scrapes.read('changes')!.fault === 'no metric other');
    const before = goes.state.asked;
    await sleep(50);
    assert.equal(goes.state.asked, before);
    assert.equal(scrapes.value('goes', 'pool_size').reason, 'the pool has no scrape');
  });

  it('end with close(), also in the middle of an answer', async () => {
    let [asked, closed] = [0, false];
    const url = await target((request) => {
      asked++;
      request.socket.on('close', () => {
        closed = true;
      });
    });
    const { scrapes, lines } = start([pool(url)]);
    await until(() => asked === 1);
    scrapes.close();
    await until(() => closed);
    await sleep(30);
    assert.deepEqual([asked, lines, scrapes.read('checkout')], [1, [], null]);
  });

  it('leave the others alone where one target is down', async () => {
    const { url, size } = await served();
    size.set({ kind: 'a' }, 2);
    const { scrapes } = start([pool(await nobody(), { name: 'down' }), pool(url, { latency: null })]);
    await until(() => scrapes.read('down')!.fault === 'connection refused');
    await until(() => scrapes.value('checkout', 'pool_size').value === 2);
  });

  it('keep the samples that rules ask for from the next scrape on; none of a scrape that failed', async () => {
    const { url, size, state } = await served();
    size.set({ kind: 'a' }, 8);
    const { scrapes } = start([pool(url)]);
    const samples = () => scrapes.samples().get('checkout');
    assert.equal(scrapes.samples().size, 0, 'there was none yet');
    await until(() => samples() !== undefined);
    assert.deepEqual(samples()!.samples, []);
    scrapes.wantSamples(new Set(['pool_size']));
    await until(() => samples()!.samples.length > 0);
    assert.deepEqual(samples()!.samples, [{ name: 'pool_size', labels: '{kind="a"}', value: 8 }]);
    assert.ok(Math.abs(performance.now() - samples()!.atMs) < 5000);
    state.status = 503;
    await until(() => samples() === null);
    state.status = 200;
    state.text = 'pool_size 1\n'.repeat(5001);
    await until(() => samples() !== null && scrapes.read('checkout')!.fault !== null);
    assert.match(scrapes.read('checkout')!.fault!, /more than 5000 samples, or 2 MiB, that rules ask for/);
    assert.deepEqual(samples()!.samples, []);
    scrapes.configure([]);
    assert.equal(scrapes.samples().size, 0);
  });
});
