import assert from 'node:assert/strict';
import { Listener } from '../lib/stream.ts';
import { startWorkload } from '../lib/workload.ts';
import { Daemon, until } from './daemon.ts';

const PAGES = 200;
const SCRAPES = { perSecond: 50, seconds: 5 };
const ONCPU = /^pooldrift_pool_time_seconds_total\{pool="p",state="oncpu"\} (.+)$/m;

/** What each of the scrapes was answered, in the order in which they were asked. */
async function scrapes(daemon: Daemon): Promise<string[]> {
  const answers: Promise<string>[] = [];
  const { promise: asked, resolve } = Promise.withResolvers<void>();
  const timer = setInterval(() => {
    answers.push(daemon.metrics());
    if (answers.length === SCRAPES.perSecond * SCRAPES.seconds) resolve();
  }, 1000 / SCRAPES.perSecond);
  await asked.finally(() => clearInterval(timer));
  return Promise.all(answers);
}

describe('a crowd', function () {
  this.timeout(120_000);

  it(`of ${PAGES} pages and ${SCRAPES.perSecond} scrapes a second is served, one page more is told to come later`, async () => {
    const { pid } = await startWorkload('burst', 2, 3000, 3000);
    const daemon = await Daemon.start({ config: `pools: [{ name: p, match: { pid: ${pid} } }]` });
    const path = '/api/v1/stream?pool=p';
    const pages = await Promise.all(Array.from({ length: PAGES }, () => Listener.open(daemon.port, { path })));
    const oneMore = await Listener.open(daemon.port, { path });
    assert.deepEqual([oneMore.response.statusCode, oneMore.response.headers['retry-after']], [503, '10']);
    const before = await Promise.all(pages.map((page) => page.heard(4)));
    const texts = await scrapes(daemon);
    const oncpu = texts.map((text) => Number(ONCPU.exec(text)?.[1]));
    assert.deepEqual(
      oncpu.toSorted((a, b) => a - b),
      oncpu,
      'a counter never goes back, and is in each answer',
    );
    assert.ok(oncpu.at(-1)! - oncpu[0]! > 0.25 * SCRAPES.seconds, `it ran ${oncpu.at(-1)! - oncpu[0]!} s meanwhile`);
    await Promise.all(pages.map((page, i) => page.heard(before[i]!.length + 4)));
    assert.ok(pages.every(({ closed }) => !closed));
    for (const page of pages) page.end();
    await until('there is room again', async () => {
      const page = await Listener.open(daemon.port, { path });
      page.end();
      return page.response.statusCode === 200;
    });
    assert.equal((await daemon.status()).recordsLost, 0);
    assert.equal(await daemon.stop(), 0);
  });
});
