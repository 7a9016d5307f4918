import assert from 'node:assert/strict';
import { Agent, get } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiExplain } from '../../src/outputs/explain.ts';
import { defer } from '../lib/cleanup.ts';
import { within } from '../lib/compare.ts';
import { startWorkload } from '../lib/workload.ts';
import { Daemon, freePort, until } from './daemon.ts';
import { pooldrift } from './verb.ts';

const STEPPED = ['env', `NODE_OPTIONS=--import=${join(import.meta.dirname, 'step_clock.ts')}`];
const EVERY_MS = 10;

const config = (port: number, windowSeconds: number) =>
  `interval: 1s\ndrift: { window: ${windowSeconds}s }\npools: [{ name: p, match: { listen: ${port} } }]`;

/** A client on one connection, as long as that holds. */
class Client {
  answered = 0;
  failed = 0;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  readonly #port: number;

  constructor(port: number) {
    this.#port = port;
    defer(() => this.#agent.destroy());
  }

  async ask(): Promise<void> {
    const asked = new Promise<void>((resolve, reject) => {
      get({ port: this.#port, host: '127.0.0.1', agent: this.#agent }, (response) =>
        response.on('error', reject).on('end', resolve).resume(),
      ).on('error', reject);
    });
    await asked.then(
      () => this.answered++,
      () => this.failed++,
    );
  }

  /** Asks again and again until the test ends, or what it returns is called. */
  keepAsking(): () => void {
    let on = true;
    const stop = () => {
      on = false;
    };
    defer(stop);
    void (async () => {
      for (; on; await sleep(EVERY_MS)) await this.ask();
    })();
    return stop;
  }
}

async function explained(daemon: Daemon): Promise<ApiExplain> {
  return (await fetch(`${daemon.url}/api/v1/pools/p/explain`)).json() as Promise<ApiExplain>;
}

async function counted(daemon: Daemon): Promise<number> {
  const found = /^pooldrift_request_duration_seconds_count\{pool="p"\} (\d+)$/m.exec(await daemon.metrics());
  return Number(found?.[1] ?? 0);
}

const served = (daemon: Daemon, pid: number) =>
  until('the server is a member', async () => (await daemon.pool('p'))?.tgids.includes(pid));

describe('requests of a pool', function () {
  this.retries(2); // others on a shared machine take CPUs too
  this.timeout(60_000);

  it('a window with none, with one, and with none again', async () => {
    const port = await freePort();
    const { pid } = await startWorkload('perconn', port, 'sleep=200000');
    const daemon = await Daemon.start({ config: config(port, 3) });
    await served(daemon, pid);
    const none = async () => {
      const said = await explained(daemon);
      return said.windowSeconds > 0 && said.requests === 0 ? said : null;
    };
    const before = await until('a window', none);
    assert.deepEqual([before.p99Seconds, before.tailMeanSeconds, before.verdict], [null, null, null]);
    assert.deepEqual([before.trusted, before.budget.length], [true, 0]);
    assert.match(
      (await pooldrift(['explain', 'p', `--url=${daemon.url}`])).out,
      /^P99 .*no request was answered in the last/m,
    );
    assert.doesNotMatch(await daemon.metrics(), /^pooldrift_request_p99_seconds/m);
    await new Client(port).ask();
    const one = await explained(daemon);
    assert.deepEqual([one.requests, one.tailRequests, one.p50Seconds], [1, 1, one.p99Seconds]);
    within(one.p99Seconds!, 0.2, 0.2, 'P99');
    const parts = one.budget.reduce((sum, { seconds }) => sum + seconds, 0);
    within(parts, one.tailMeanSeconds!, 1e-6, 'the parts');
    assert.ok(one.budget.find(({ component }) => component === 'blocked_sleep')!.seconds > 0.19, JSON.stringify(one));
    await until('it has left the window', none);
    assert.equal(await counted(daemon), 1);
  });

  it('a pool that restarts: what is counted goes on, and never back', async () => {
    const port = await freePort();
    const first = await startWorkload('perconn', port, 'cpu=100');
    const daemon = await Daemon.start({ config: config(port, 30) });
    await served(daemon, first.pid);
    const client = new Client(port);
    client.keepAsking();
    await until('requests', async () => (await counted(daemon)) > 50);
    await first.stop();
    const before = await counted(daemon);
    const second = await startWorkload('perconn', port, 'cpu=100');
    await served(daemon, second.pid);
    let last = before;
    await until('more requests', async () => {
      const now = await counted(daemon);
      assert.ok(now >= last, `${now} after ${last}`);
      last = now;
      return now > before + 50;
    });
    const said = await explained(daemon);
    assert.ok(said.requests > 100 && said.requests <= client.answered + 1, `${said.requests} of ${client.answered}`);
    assert.ok(said.trusted && said.p99Seconds! < 1, JSON.stringify(said));
    for (const { component, seconds } of said.budget) assert.ok(seconds > -1e-6, `${component} ${seconds}`);
  });

  it('a wall clock that is stepped: as many a second as are asked', async () => {
    const port = await freePort();
    const { pid } = await startWorkload('perconn', port, 'cpu=100');
    const daemon = await Daemon.start({ config: config(port, 2), wrap: STEPPED });
    await served(daemon, pid);
    const client = new Client(port);
    client.keepAsking();
    await until('a whole window', async () => (await explained(daemon)).windowSeconds > 1.5);
    await sleep(2000);
    const told = new Set<string>();
    for (let i = 0; i < 4; i++) {
      const [begun, answered] = [performance.now(), client.answered];
      await sleep(770);
      const said = await explained(daemon);
      const rate = (1000 * (client.answered - answered)) / (performance.now() - begun);
      told.add(said.at.slice(0, 13));
      assert.ok(said.windowSeconds > 1.5 && said.windowSeconds < 3.5, `a window of ${said.windowSeconds} s`);
      within(said.requestsPerSecond!, rate, 0.25, 'requests a second');
      for (const { secondsAgo } of said.exemplars) assert.ok(secondsAgo < 60, `${secondsAgo} s ago`);
    }
    assert.ok(told.size >= 2, 'the clock was stepped');
  });
});
