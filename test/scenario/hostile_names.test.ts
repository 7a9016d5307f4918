import assert from 'node:assert/strict';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { has } from '../lib/build.ts';
import { skip } from '../lib/skip.ts';
import { Daemon, folder, freePort, until } from './daemon.ts';
import { program } from './program.ts';
import { command, pooldrift } from './verb.ts';

/** A quote, a newline, a terminal's escape and bytes that are no UTF-8: 15 bytes, all that the kernel keeps. */
const NAME = '\\"x\\n\\e[31m\\xff\\xfe\\x80}{';
const LISTEN =
  'use Socket; socket S,PF_INET,SOCK_STREAM,0; bind S,sockaddr_in($ARGV[0],INADDR_LOOPBACK) or die; listen S,5;';
const RENAME = `open F,">/proc/self/comm"; syswrite F,"${NAME}"; close F;`;
const IS_CONTROL = /(?!\n)\p{Cc}|\p{Cf}/u;
const UTF8 = new TextDecoder('utf-8', { fatal: true });

function noPerl(): string | null {
  return has('perl') ? null : 'not installed: perl';
}

describe('command names that attack', function () {
  this.timeout(60_000);

  it('are harmless and legible in the log, the API, the table and the metrics', async function () {
    skip(this, noPerl());
    const port = await freePort();
    const { pid } = await program('perl', ['-e', `${RENAME} ${LISTEN} sleep`, `${port}`]);
    const daemon = await Daemon.start({ config: 'interval: 1s' });
    const { pool } = await until('it is found', async () =>
      (await daemon.status()).pools.find((p) => p.tgids.includes(pid)),
    );
    assert.doesNotMatch(pool, IS_CONTROL);
    assert.match(pool, /^"x\\x0a\\x1b\[31m/);
    assert.doesNotMatch(await daemon.says(`:${port}`).catch(() => daemon.log), IS_CONTROL);
    const { out } = await pooldrift(['top', '--once', `--url=${daemon.url}`]);
    assert.ok(out.includes(pool), out);
    assert.doesNotMatch(out, IS_CONTROL);
    const text = UTF8.decode(await (await fetch(`${daemon.url}/metrics`)).arrayBuffer());
    assert.ok(text.includes(`pool="${pool.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`), text.slice(0, 2000));
    assert.doesNotMatch(text, IS_CONTROL);
    skip(this, has('promtool') ? null : 'not installed: promtool');
    const { code, err } = await command(['promtool', 'check', 'metrics'], text);
    assert.equal(code, 0, err);
  });

  it('are harmless as the name of a thief, and of a program file', async function () {
    skip(this, noPerl());
    const evil = join(folder(), 'x"\n\u001b[31m\u009b\u202e');
    copyFileSync('/usr/bin/perl', evil);
    const spin = 'my $end = time + 20; 1 while time < $end;';
    const worker = await program('taskset', ['-c', '0', 'perl', '-e', spin]);
    await program('taskset', ['-c', '0', evil, '-e', spin]);
    const daemon = await Daemon.start({ config: `pools: [{ name: w, match: { pid: ${worker.pid} } }]` });
    const mark = '\\x0a\\x1b[31m';
    const found = async () => (await daemon.pool('w'))?.stolen.find(({ thief }) => thief.includes(mark));
    const { thief } = await until('the thief is named', found, 20);
    assert.doesNotMatch(thief, IS_CONTROL);
    const text = await daemon.metrics();
    assert.ok(text.includes(`thief="x\\"${mark.replaceAll('\\', '\\\\')}`), 'in the metrics');
    assert.doesNotMatch(text, IS_CONTROL);
  });
});
