import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { noBrowser, openPage, type Watched } from '../lib/browser.ts';
import { has } from '../lib/build.ts';
import { favoured } from '../lib/cgroup.ts';
import { startClient } from '../lib/client.ts';
import { network } from '../lib/netns.ts';
import { skip } from '../lib/skip.ts';
import { perConnection } from '../lib/webservers.ts';
import { Daemon, folder, freePort, until } from './daemon.ts';
import { armed, CONFIG, noScene } from './drift_scene.ts';
import { accessibilityFaults, canvasColours, sticksOut } from './page_checks.ts';
import { program } from './program.ts';

const PORT = 8310;
const LOAD = { connections: 64, ratePerSecond: 300, seconds: 300 };
/** What the server behind does for a request; eight times as long is beyond any doubt, also on a busy machine. */
const [USUAL, SLOW] = ['lognormal=10000,0.3', 'lognormal=80000,0.3'];
const PHONE = { width: 390, height: 844 };
/** What Chromium itself says while there is no daemon to reach. */
const UNREACHABLE = /net::ERR_(CONNECTION_REFUSED|INCOMPLETE_CHUNKED_ENCODING|CONNECTION_RESET)/;

/** A server that asks another one for each answer; `slow`: that one takes longer from now on. */
async function scene(): Promise<{ pid: number; slow(): Promise<void> }> {
  const [net, group] = [network(), favoured('page')];
  const behind = await perConnection(net.server, PORT + 1, USUAL);
  const server = await perConnection(net.server, PORT, `call=${PORT + 1}`);
  const client = await startClient(net.client, net.server.address, PORT, LOAD);
  for (const pid of [...behind.pids, ...server.pids, client.pid]) group.add(pid);
  client.begin();
  return { pid: server.pids[0]!, slow: () => behind.steps(SLOW) };
}

const shown = (page: Page, what: string, text: RegExp, seconds = 45) =>
  page
    .locator(what, { hasText: text })
    .first()
    .waitFor({ timeout: seconds * 1000 });

/** The time and the figures of the first pool go on. */
async function isLive(page: Page): Promise<void> {
  const figures = () =>
    Promise.all(['#live', '.row .now', '.row .said'].map((what) => page.locator(what).first().textContent()));
  const before = await figures();
  const moved = async () => (await figures()).every((text, i) => text !== before[i]);
  await until(`other figures than ${before}`, moved, 20);
}

async function assertDrawn(page: Page): Promise<void> {
  const drawn = async () => {
    const colours = await canvasColours(page);
    return colours.length === 4 && colours.every((many) => many > 4) && colours;
  };
  await until('four drawings', drawn, 15);
}

async function assertFit(page: Page): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    assert.deepEqual(await accessibilityFaults(page), [], colorScheme);
  }
  const wide = page.viewportSize()!;
  await page.setViewportSize(PHONE);
  await until('it fits a phone', async () => (await sticksOut(page)) <= 0, 5);
  await page.setViewportSize(wide);
}

async function assertRestart({ page, faults }: Watched, daemon: Daemon, config: string): Promise<void> {
  const address = `--web.listen-address=127.0.0.1:${daemon.port}`;
  await daemon.stop('SIGKILL');
  await shown(page, '#stale', /^Not live: the daemon does not answer/, 15);
  await shown(page, '#live', /^not live since \d\d:\d\d:\d\d$/);
  assert.deepEqual(await accessibilityFaults(page), []);
  const next = await Daemon.spawn({ config, flags: [address] });
  await shown(page, '#live', /^live /, 30);
  assert.equal(await page.locator('#stale').isVisible(), false);
  await isLive(page);
  await assertDrawn(page);
  await page.keyboard.press('Escape');
  assert.equal(await page.locator('.opened').count(), 0);
  assert.deepEqual(
    faults.filter((fault) => !UNREACHABLE.test(fault)),
    [],
  );
  await next.stop();
}

describe('page', function () {
  this.timeout(240_000);

  beforeEach(function () {
    skip(this, noBrowser());
  });

  it('explains a pool that drifts, live; a daemon that is started anew is found again', async function () {
    skip(this, noScene());
    const { pid, slow } = await scene();
    const config = CONFIG(pid);
    const daemon = await Daemon.start({ config, flags: [`--state.dir=${join(folder(), 'state')}`] });
    const watched = await openPage(daemon.url);
    const { page, faults, foreign } = watched;
    await shown(page, '.row .name', /^p$/);
    await isLive(page);
    await armed(daemon);
    await slow();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await assertDrawn(page);
    await shown(page, '#drifting', /^1 drifting$/);
    await shown(page, '.row .why', /^downstream$/);
    await shown(page, '.cause.first', /^downstream \d+ % of the time gained/);
    await shown(page, '.alert.firing', /PooldriftP99Drift.*P99 of p on/);
    await assertFit(page);
    assert.deepEqual([faults, foreign], [[], []]);
    await assertRestart(watched, daemon, config);
    assert.deepEqual(foreign, []);
  });

  it('shows names that attack as text', async function () {
    skip(this, has('perl') ? null : 'not installed: perl');
    const port = await freePort();
    const listen =
      'use Socket; socket S,PF_INET,SOCK_STREAM,0; bind S,sockaddr_in($ARGV[0],INADDR_LOOPBACK) or die; listen S,5;';
    const rename = 'open F,">/proc/self/comm"; syswrite F,"<img src=x>\\e[3m"; close F;';
    const { pid } = await program('perl', ['-e', `${rename} ${listen} sleep`, `${port}`]);
    const daemon = await Daemon.start({ config: 'interval: 1s' });
    const found = async () => (await daemon.status()).pools.find(({ tgids }) => tgids.includes(pid))?.pool;
    const name = await until('the process is found', found);
    assert.match(name, /^<img src=x>\\x1b\[3m/);
    const { page, faults, foreign } = await openPage(daemon.url);
    await shown(page, '#live', /^live /);
    await page.keyboard.press('/');
    await page.keyboard.type(String(port));
    await until('it alone is shown', async () => (await page.locator('.row').count()) === 1);
    assert.equal(await page.locator('.row .name').textContent(), name);
    await page.keyboard.press('Enter');
    await page.keyboard.press('Enter');
    await shown(page, '.opened dd', /\d/);
    assert.equal(new URL(page.url()).hash, `#pool=${encodeURIComponent(name)}`);
    assert.equal(await page.locator('main img').count(), 0);
    assert.deepEqual([faults, foreign], [[], []]);
  });
});
