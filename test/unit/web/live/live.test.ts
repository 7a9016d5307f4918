import assert from 'node:assert/strict';
import type { Server } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Reading } from '../../../../src/metrics/reading.ts';
import { CLIENTS_MAX, Live } from '../../../../src/web/live/live.ts';
import { Listener } from '../../../lib/stream.ts';
import { pool, reading } from '../../metrics/fixture.ts';
import { ask, FakeSource, serving } from '../client.ts';

/** Readings that a test can change; `reads` are counted. */
class Changing extends FakeSource {
  now: Reading = reading();
  reads = 0;
  override read(): Reading {
    this.reads++;
    return this.now;
  }
}

async function listening(use: (live: Live, server: Server, source: Changing) => Promise<void>): Promise<void> {
  const source = new Changing();
  const live = new Live({
    intervalMs: 1000,
    read: () => source.read(),
    onError: (error) => assert.fail(String(error)),
  });
  try {
    await serving(source, { live }, (server) => use(live, server, source));
  } finally {
    live.end();
  }
}

async function until(holds: () => boolean): Promise<void> {
  for (let tries = 0; tries < 800 && !holds(); tries++) await sleep(10);
  assert.ok(holds(), String(holds));
}

describe('stream', () => {
  it('begins with all there is, then sends what changes', () =>
    listening(async (live, server, source) => {
      const listener = await Listener.open(server);
      assert.match(listener.response.headers['content-type']!, /^text\/event-stream/);
      const [first, history] = await listener.heard(2);
      assert.ok(first?.name === 'live' && history?.name === 'history');
      assert.deepEqual([first.data.whole, first.data.order], [true, ['checkout', 'late "\\" one']]);
      assert.equal(first.data.status!.host, 'node-17');
      assert.equal(first.data.alerts![0]!.labels.alertname, 'Drift');
      live.beat(source.now);
      source.now = { ...source.now, atMs: source.now.atMs + 2000, overheadRatio: 0.5 };
      live.tick();
      const [, , same, changed] = await listener.heard(4);
      assert.deepEqual(same!.data, { atMs: Date.UTC(2026, 10, 20, 9, 30), stepped: true, pools: [] });
      assert.ok(changed?.name === 'live');
      assert.deepEqual([changed.data.pools, changed.data.status?.overheadRatio], [[], 0.5]);
      source.now = { ...reading([pool({ size: 9 })]), pools: reading([pool({ size: 9 })]).pools.slice(0, 1) };
      live.tick();
      const [, , , , resized] = await listener.heard(5);
      assert.ok(resized?.name === 'live');
      assert.deepEqual([resized.data.pools[0]!.size, resized.data.order], [9, ['checkout']]);
      listener.end();
    }));

  it('sends the course and the explanation of the pool that is open, and says where there is none', () =>
    listening(async (live, server, source) => {
      live.beat(source.now);
      const [own, other] = await Promise.all(
        ['checkout', 'nosuch%0A'].map((name) => Listener.open(server, { path: `/api/v1/stream?pool=${name}` })),
      );
      const [, , course, explain] = await own!.heard(4);
      assert.ok(course?.name === 'course' && explain?.name === 'explain');
      assert.ok(Math.abs(course.data.fields.p99Seconds![0]! - 0.0112) < 2e-4);
      assert.equal(explain.data.explain!.verdict, 'noisy-neighbour');
      assert.equal(explain.data.explain!.stolen[0]!.thief, 'stress-ng /batch/report.service');
      const [, , empty, none] = await other!.heard(4);
      assert.deepEqual(empty!.data, { pool: 'nosuch\n', stepMs: 4000, atMs: [], fields: {}, waits: [] });
      assert.deepEqual(none!.data, { pool: 'nosuch\n', explain: null });
      live.tick();
      assert.deepEqual((await own!.heard(6)).map(({ name }) => name).slice(4), ['live', 'explain']);
      for (const listener of [own!, other!]) listener.end();
    }));

  it('takes as a step every so many intervals, 4 s at least, what others have read', () =>
    listening(async (live, server, source) => {
      for (let interval = 0; interval < 9; interval++) live.beat(source.now);
      const listener = await Listener.open(server, { path: '/api/v1/stream?pool=checkout' });
      const [, , course] = await listener.heard(3);
      assert.ok(course?.name === 'course');
      assert.deepEqual([course.data.atMs.length, course.data.stepMs], [3, 4000]);
      for (let interval = 0; interval < 4; interval++) live.beat(source.now);
      const heard = (await listener.heard(8)).slice(4);
      const told = heard.flatMap((event) => (event.name === 'live' ? [event.data.stepped] : []));
      assert.deepEqual(told, [undefined, true], 'every other interval of a second, and each step');
      assert.equal(source.reads, 1, 'for the one who came first');
      listener.end();
    }));

  it('reads between two beats that are far apart, and not where one is due', async () => {
    const source = new Changing();
    const onError = (error: unknown) => assert.fail(String(error));
    const live = new Live({ intervalMs: 4000, read: () => source.read(), onError });
    await serving(source, { live }, async (server) => {
      const listener = await Listener.open(server);
      const before = source.reads;
      live.beat(source.now);
      assert.equal((await listener.heard(3)).length, 3);
      const began = performance.now();
      await listener.heard(4);
      const took = performance.now() - began;
      assert.ok(took > 1900 && took < 2600, `${took} ms`);
      await sleep(2500);
      assert.deepEqual([source.reads - before, listener.events().length], [1, 4]);
      live.end();
    });
  }).timeout(10_000);

  it('holds nothing up that ends, though a beat comes after its end', () => {
    const timers = () => process.getActiveResourcesInfo().filter((what) => what === 'Timeout').length;
    const before = timers();
    const live = new Live({ intervalMs: 60_000, read: reading, onError: (error) => assert.fail(String(error)) });
    live.begin();
    live.end();
    live.beat(reading());
    assert.equal(timers(), before);
  });

  it('reads once for all, and never for nobody', () =>
    listening(async (live, server, source) => {
      for (let tick = 0; tick < 10; tick++) live.tick();
      assert.equal(source.reads, 0);
      const all = await Promise.all(Array.from({ length: 20 }, () => Listener.open(server)));
      const before = source.reads;
      live.tick();
      await Promise.all(all.map((listener) => listener.heard(3)));
      assert.equal(source.reads, before + 1);
      assert.equal(new Set(all.map(({ text }) => text)).size, 1);
      for (const listener of all) listener.end();
      await until(() => live.clients === 0);
    }));

  it(`has room for ${CLIENTS_MAX} at once`, () =>
    listening(async (live, server) => {
      const all = await Promise.all(Array.from({ length: CLIENTS_MAX }, () => Listener.open(server)));
      const refused = await ask(server, '/api/v1/stream');
      assert.deepEqual([refused.status, refused.headers['retry-after']], [503, '10']);
      live.tick();
      await Promise.all(all.map((listener) => listener.heard(3)));
      all.pop()!.end();
      await until(() => live.clients === CLIENTS_MAX - 1);
      all.push(await Listener.open(server));
      for (const listener of all) listener.end();
    })).timeout(30_000);

  it('drops one that does not read, and no other', () =>
    listening(async (live, server, source) => {
      const [slow, quick] = await Promise.all([Listener.open(server, { reads: false }), Listener.open(server)]);
      slow!.response.pause();
      const names = Array.from({ length: 64 }, (_, i) => `p${i} ${'x'.repeat(100)}`);
      const wide = names.map((name, index) => reading([pool({ index, name })]).pools[0]!);
      let ticks = 0;
      for (; ticks < 600 && live.clients === 2; ticks++, await sleep(1)) {
        const size = ticks % 2;
        source.now = { ...source.now, pools: wide.map((each) => ({ ...each, pool: { ...each.pool, size } })) };
        live.tick();
      }
      assert.equal(live.clients, 1, `after ${ticks} ticks`);
      const heard = (await quick!.heard(2 + ticks)).length;
      assert.ok(heard >= 2 + ticks && !quick!.closed);
      for (const listener of [slow!, quick!]) listener.end();
    })).timeout(60_000);

  it('is refused to foreign pages, and ends with the daemon', () =>
    listening(async (live, server) => {
      const path = '/api/v1/stream';
      assert.equal((await ask(server, path, { headers: { Host: 'evil.example' } })).status, 403);
      assert.equal((await ask(server, path, { headers: { Origin: 'http://evil.example' } })).status, 403);
      assert.equal((await ask(server, path, { method: 'POST' })).status, 405);
      assert.equal((await ask(server, path, { method: 'HEAD' })).status, 200);
      const listener = await Listener.open(server);
      await listener.heard(2);
      live.end();
      await until(() => listener.closed);
    }));
});
