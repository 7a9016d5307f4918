import assert from 'node:assert/strict';
import { readAssets } from '../../../src/web/assets.ts';
import { skip } from '../../lib/skip.ts';
import { ask, FakeSource, serving } from './client.ts';

const errorOf = (body: string) => JSON.parse(body).error as { code: string; message: string };

describe('HTTP', () => {
  it('serves metrics in the format that is asked for', () =>
    serving(new FakeSource(), {}, async (server) => {
      const text = await ask(server, '/metrics');
      assert.equal(text.headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8');
      assert.match(text.body, /^pooldrift_pool_size\{pool="checkout"\} 8$/m);
      assert.match(text.body, /^process_max_fds 9$/m);
      const open = await ask(server, '/metrics', { headers: { Accept: 'application/openmetrics-text;version=1.0.0' } });
      assert.equal(open.headers['content-type'], 'application/openmetrics-text; version=1.0.0; charset=utf-8');
      assert.ok(open.body.endsWith('# EOF\n'));
    }));

  it('serves the pools as JSON', () =>
    serving(new FakeSource(), {}, async (server) => {
      const { status, body } = await ask(server, '/api/v1/pools');
      const { pools, recordsLost, at } = JSON.parse(body);
      assert.equal(status, 200);
      assert.equal(at, '2026-11-20T09:30:00.000Z');
      assert.equal(recordsLost, 3);
      const [checkout, late] = pools;
      assert.deepEqual([checkout.pool, checkout.size, checkout.active, checkout.demand], ['checkout', 8, 8, 7]);
      assert.deepEqual(checkout.timeSeconds, { oncpu: 36, wakeup: 1.2, runqueue: 24, throttled: 22.8, blocked: 12 });
      assert.deepEqual(checkout.stolen[0], { thief: 'stress-ng /batch/report.service', seconds: 21.6 });
      assert.deepEqual([late.size, late.timeSeconds, late.demand, late.tgids], [null, null, null, []]);
    }));

  it('serves the alerts that are pending or firing as JSON', () =>
    serving(new FakeSource(), {}, async (server) => {
      const { status, body } = await ask(server, '/api/v1/alerts');
      const { at, evaluatedAt, rules, alerts } = JSON.parse(body);
      assert.deepEqual([status, at, evaluatedAt], [200, '2026-11-20T09:30:00.000Z', '2026-11-20T09:29:58.000Z']);
      assert.equal(rules, 15);
      const [drift, late, ...others] = alerts;
      assert.deepEqual(others, []);
      assert.deepEqual(drift, {
        labels: { alertname: 'Drift', instance: 'node-17', pool: 'checkout', severity: 'odd "\\" one' },
        annotations: { summary: 'P99 of "checkout" has drifted' },
        state: 'firing',
        activeAt: '2026-11-20T09:28:00.000Z',
        firedAt: '2026-11-20T09:28:30.000Z',
        value: '2.5',
      });
      assert.deepEqual([late.state, late.firedAt, late.value], ['pending', null, 'NaN']);
      assert.equal((await ask(server, '/api/v1/alerts', { method: 'POST' })).status, 405);
      assert.equal((await ask(server, '/api/v1/alerts', { headers: { Host: 'evil.example' } })).status, 403);
    }));

  it('explains a pool, and names those there are where it knows none', () =>
    serving(new FakeSource(), {}, async (server) => {
      const { status, body } = await ask(server, '/api/v1/pools/checkout/explain');
      const { pool, verdict, causes, p99Seconds } = JSON.parse(body);
      assert.deepEqual(
        [status, pool, verdict, causes[0].thief.comm],
        [200, 'checkout', 'noisy-neighbour', 'stress-ng'],
      );
      assert.ok(Math.abs(p99Seconds - 0.0112) < 2e-4);
      const odd = await ask(server, `/api/v1/pools/${encodeURIComponent('late "\\" one')}/explain`);
      assert.deepEqual([odd.status, JSON.parse(odd.body).verdict], [200, null]);
      const missing = await ask(server, '/api/v1/pools/chekout%2F/explain');
      assert.deepEqual([missing.status, errorOf(missing.body).code], [404, 'unknown-pool']);
      assert.equal(errorOf(missing.body).message, 'there is no pool "chekout/"; there are: checkout, late "\\" one');
      assert.equal((await ask(server, '/api/v1/pools/%ff/explain')).status, 400);
      assert.equal((await ask(server, '/api/v1/pools/checkout/explain', { method: 'POST' })).status, 405);
    }));

  it('begins a fresh baseline, or says why there is none', async () => {
    const source = new FakeSource();
    await serving(source, {}, async (server) => {
      const post = (pool: string, headers = {}) =>
        ask(server, `/api/v1/pools/${pool}/baseline`, { method: 'POST', headers });
      const { status, body } = await post('checkout');
      assert.deepEqual([status, JSON.parse(body).pool, source.baselines], [200, 'checkout', 1]);
      assert.ok(Math.abs(Date.parse(JSON.parse(body).at) - Date.now()) < 10_000);
      const silent = await post('silent');
      assert.deepEqual([silent.status, errorOf(silent.body).code], [409, 'no-baseline']);
      assert.equal(errorOf(silent.body).message, 'pool silent: its requests are not measured');
      const missing = await post('nosuch');
      assert.deepEqual([missing.status, errorOf(missing.body).code], [404, 'unknown-pool']);
      assert.match(errorOf(missing.body).message, /there is no pool "nosuch"; there are: checkout/);
      assert.equal((await ask(server, '/api/v1/pools/checkout/baseline')).status, 405);
      assert.equal((await post('checkout', { Origin: 'http://evil.example' })).status, 403);
      source.isReady = false;
      assert.equal((await post('checkout')).status, 503);
    });
    assert.equal(source.baselines, 1, 'only the first was allowed');
  });

  it('is healthy at once, ready later', async () => {
    const source = new FakeSource();
    source.isReady = false;
    await serving(source, {}, async (server) => {
      assert.equal((await ask(server, '/-/healthy')).status, 200);
      for (const path of ['/-/ready', '/metrics', '/api/v1/pools', '/api/v1/pools/checkout/explain', '/api/v1/stream'])
        assert.equal((await ask(server, path)).status, 503, path);
      source.isReady = true;
      assert.equal((await ask(server, '/-/ready')).status, 200);
    });
  });

  it('reloads behind the flag only, and says why not', async () => {
    const source = new FakeSource();
    await serving(source, {}, async (server) => {
      assert.equal((await ask(server, '/-/reload', { method: 'POST' })).status, 403);
    });
    await serving(source, { enableLifecycle: true }, async (server) => {
      assert.equal((await ask(server, '/-/reload', { method: 'POST' })).status, 200);
      assert.equal((await ask(server, '/-/reload')).status, 405);
      source.reloadFault = 'pooldrift.yaml:3:1: unknown key';
      const { status, body } = await ask(server, '/-/reload', { method: 'POST' });
      assert.equal(status, 500);
      assert.match(errorOf(body).message, /old configuration stays.*pooldrift.yaml:3:1/);
    });
    assert.equal(source.reloads, 1);
  });

  it('answers errors in one form', () =>
    serving(new FakeSource(), {}, async (server) => {
      const missing = await ask(server, '/api/v1/nothing');
      assert.deepEqual([missing.status, errorOf(missing.body).code], [404, 'not-found']);
      const method = await ask(server, '/api/v1/pools', { method: 'DELETE' });
      assert.deepEqual(
        [method.status, method.headers.allow, errorOf(method.body).code],
        [405, 'GET, HEAD', 'method-not-allowed'],
      );
      assert.equal((await ask(server, '/metrics', { method: 'HEAD' })).status, 200);
      assert.equal((await ask(server, '/%ff')).status, 404);
    }));

  it('keeps the detail of a fault to the log', async () => {
    const source = new FakeSource();
    source.readFault = true;
    const logged: string[] = [];
    await serving(
      source,
      { onError: (error, path) => logged.push(`${path} ${(error as Error).message}`) },
      async (server) => {
        for (const path of ['/metrics', '/api/v1/pools']) {
          const { status, body } = await ask(server, path);
          assert.deepEqual([status, errorOf(body).code], [500, 'internal']);
          assert.doesNotMatch(body, /secret|at /);
        }
      },
    );
    assert.deepEqual(logged, ['/metrics secret detail', '/api/v1/pools secret detail']);
  });

  it('has a page of its own files alone, with a policy that allows no others', () =>
    serving(new FakeSource(), {}, async (server) => {
      const { status, headers, body } = await ask(server, '/');
      assert.deepEqual([status, headers['content-type']], [200, 'text/html; charset=utf-8']);
      const policy = String(headers['content-security-policy']);
      assert.match(policy, /^default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';/);
      assert.doesNotMatch(policy, /unsafe|http|\*/);
      assert.doesNotMatch(body, /<script>|\bon\w+=|style=|\/\//);
      const named = [...body.matchAll(/(?:src|rel="(?:icon|stylesheet)" href)="([^"]+)"/g)].map((match) => match[1]!);
      assert.deepEqual(named.sort(), ['icon.svg', 'page.css', 'page.js']);
      const files = await Promise.all(named.map((name) => ask(server, `/${name}`)));
      assert.ok(files.every((file) => file.status === 200 && file.body.length > 0));
      const bytes = files.reduce((sum, file) => sum + Buffer.byteLength(file.body), Buffer.byteLength(body));
      assert.ok(bytes <= 150_000, `the page weighs ${bytes} bytes`);
    }));

  it('says what to do where the page was not built', () =>
    serving(new FakeSource(), { assets: readAssets('/nonexistent') }, async (server) => {
      const { status, body } = await ask(server, '/');
      assert.deepEqual([status, errorOf(body).code], [503, 'no-page']);
      assert.match(errorOf(body).message, /make page/);
    }));
});

describe('DNS rebinding', () => {
  const paths = ['/', '/api/v1/pools', '/api/v1/pools/checkout/explain'];

  it('is refused on the page and the API', () =>
    serving(new FakeSource(), {}, async (server) => {
      for (const path of paths) {
        assert.equal((await ask(server, path, { headers: { Host: 'evil.example' } })).status, 403);
        assert.equal(
          (await ask(server, path, { headers: { Host: 'node-17:10435', Origin: 'http://evil.example' } })).status,
          403,
        );
        assert.equal((await ask(server, path, { headers: { Host: 'node-17:10435', Origin: 'null' } })).status, 403);
        const own = { Host: 'node-17:10435', Origin: 'http://node-17:10435' };
        assert.equal((await ask(server, path, { headers: own })).status, 200);
      }
      assert.equal((await ask(server, '/metrics', { headers: { Host: 'prometheus.example' } })).status, 200);
    }));

  it('cannot reload', () =>
    serving(new FakeSource(), { enableLifecycle: true }, async (server) => {
      const headers = { Origin: 'http://evil.example' };
      assert.equal((await ask(server, '/-/reload', { method: 'POST', headers })).status, 403);
    }));

  it('leaves IPv6 alone', async function () {
    const source = new FakeSource();
    try {
      await serving(source, {}, async (server) => assert.equal((await ask(server, '/')).status, 200), '::1');
    } catch (error) {
      if (!/no such address/.test((error as Error).message)) throw error;
      skip(this, 'this machine has no IPv6 loopback');
    }
  });
});
