import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { promisify } from 'node:util';
import { canRun, report } from '../../../src/cli/doctor.ts';
import { painter } from '../../../src/cli/paint.ts';
import { FakeSource, serving } from '../web/client.ts';

const MAIN = new URL('../../../src/main.ts', import.meta.url).pathname;

type Ended = { code: number; stdout: string; stderr: string };

async function pooldrift(...argv: string[]): Promise<Ended> {
  const ended = promisify(execFile)(process.execPath, ['--disable-warning=ExperimentalWarning', MAIN, ...argv], {
    timeout: 9000,
  });
  return ended.then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    ({ code, stdout, stderr }) => ({ code, stdout, stderr }),
  );
}

describe('pooldrift', () => {
  it('has a help', async () => {
    const { code, stdout } = await pooldrift('--help');
    assert.equal(code, 0);
    assert.match(stdout, /^ {2}dashboards .*Grafana/m);
    assert.match(stdout, /^ {2}--web\.listen-address=HOST:PORT .*\(default 127\.0\.0\.1:10435\)$/m);
    assert.match((await pooldrift('top', '--help')).stdout, /^pooldrift top: [\s\S]*--once/);
  });

  it('says its version', async () =>
    assert.match((await pooldrift('--version')).stdout, /^pooldrift \d+\.\d+\.\d+\n$/));

  it('refuses what it does not know, with exit code 2', async () => {
    for (const [argv, message] of [
      [['frobnicate'], /unknown command "frobnicate"; one of run, check/],
      [['--web.listen-adress=:1'], /did you mean '--web\.listen-address'/],
      [['top', 'now'], /unexpected argument "now"/],
      [['dashboards', 'pools'], /unknown dashboard "pools"; one of fleet, pool, tcp, self/],
      [['baseline'], /baseline needs the name of a pool/],
      [['baseline', 'checkout', 'edge'], /unexpected argument "edge"/],
      [['explain'], /explain needs the name of a pool/],
      [['explain', 'checkout', 'edge'], /unexpected argument "edge"/],
    ] as const) {
      const { code, stderr } = await pooldrift(...argv);
      assert.equal(code, 2, stderr);
      assert.match(stderr, message);
    }
  });
});

const url = (server: { address(): unknown }) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

async function closedPort(): Promise<string> {
  const closed = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => closed.once('listening', resolve));
  const address = url(closed);
  await new Promise((resolve) => closed.close(resolve));
  return address;
}

describe('pooldrift explain', () => {
  it('prints the answer, plain where it is no terminal', () =>
    serving(new FakeSource(), {}, async (server) => {
      const { code, stdout, stderr } = await pooldrift('explain', 'checkout', `--url=${url(server)}`);
      assert.equal(`${stderr}${code}`, '0');
      assert.match(stdout, /^checkout {3}go · :8080 .* node-17 {3}09:30:00 UTC\nP99 {8}11\.1 ms [\s\S]*trusted/);
      assert.match(stdout, /^Cause {6}noisy-neighbour, 52 % of the tail$/m);
      assert.ok(!stdout.includes('\u001b'));
    }));

  it('prints the document with --json', () =>
    serving(new FakeSource(), {}, async (server) => {
      const { code, stdout } = await pooldrift('explain', '--json', 'checkout', `--url=${url(server)}`);
      assert.deepEqual([code, JSON.parse(stdout).verdict], [0, 'noisy-neighbour']);
    }));

  it('names the pools there are where it knows none', () =>
    serving(new FakeSource(), {}, async (server) => {
      const { code, stdout, stderr } = await pooldrift('explain', 'chekout', `--url=${url(server)}`);
      assert.deepEqual([code, stdout], [1, '']);
      assert.match(
        stderr,
        /^pooldrift explain: http:\S+ answers: there is no pool "chekout"; there are: checkout, late/,
      );
    }));

  it('says clearly where no daemon answers', async () => {
    const { code, stderr } = await pooldrift('explain', 'checkout', '--url', await closedPort());
    assert.equal(code, 1);
    assert.match(
      stderr,
      /^pooldrift explain: no pooldrift answers at http:\/\/127\.0\.0\.1:\d+ \(nothing listens there\)/,
    );
  });
});

describe('pooldrift top --once', () => {
  it('prints one frame of a running daemon', () =>
    serving(new FakeSource(), {}, async (server) => {
      const { code, stdout, stderr } = await pooldrift('top', '--once', `--url=${url(server)}`);
      assert.equal(`${stderr}${code}`, '0');
      assert.match(stdout, /^pooldrift 0\.1\.0 {3}node-17 {3}Linux 6\.18\.0, 8 CPUs/);
      assert.match(stdout, /^checkout go :8080 +8 +8\.0 +8 +3\.0 +7\.0 /m);
    }));

  it('says clearly where none answers', async () => {
    const { code, stderr } = await pooldrift('top', '--once', '--url', await closedPort());
    assert.equal(code, 1);
    assert.match(stderr, /^pooldrift top: no pooldrift answers at http:\/\/127\.0\.0\.1:\d+ \(nothing listens there\)/);
  });

  it('says what a daemon refuses', async () => {
    const source = new FakeSource();
    source.isReady = false;
    await serving(source, {}, async (server) => {
      const { code, stderr } = await pooldrift('top', '--once', '--url', url(server));
      assert.equal(code, 1);
      assert.match(stderr, /answers: pooldrift is starting/);
    });
  });

  it('refuses a URL that is none', async () =>
    assert.match((await pooldrift('top', '--once', '--url=nowhere')).stderr, /is no http or https URL/));
});

describe('doctor', () => {
  const finding = {
    name: 'BTF',
    ok: true,
    detail: '/sys/kernel/btf/vmlinux',
    lost: 'all of it',
    remedy: 'build with CONFIG_DEBUG_INFO_BTF',
    required: true,
  };

  it('can run where nothing required is missing', () => {
    assert.equal(canRun([finding, { ...finding, ok: false, required: false }]), true);
    assert.equal(canRun([finding, { ...finding, ok: false }]), false);
  });

  it('says what is lost and what to do', () => {
    const missing = { ...finding, name: 'fentry', ok: false, required: false, detail: 'EPERM' };
    assert.equal(
      report([finding, missing], painter(false)),
      `ok       BTF     /sys/kernel/btf/vmlinux
missing  fentry  EPERM
         lost: all of it
         remedy: build with CONFIG_DEBUG_INFO_BTF

pooldrift can run here.
`,
    );
  });
});
