import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { has } from '../lib/build.ts';
import { skip } from '../lib/skip.ts';
import { Terminal, type TerminalOptions } from '../lib/tmux.ts';
import { Daemon, folder, freePort, POOLDRIFT, until } from './daemon.ts';
import { program } from './program.ts';

/** A quote, a newline and a terminal's escapes: clear the screen, show the cursor. */
const EVIL = '\\"\\n\\e[2J\\e[?25h';
const LISTEN =
  'use Socket; socket S,PF_INET,SOCK_STREAM,0; bind S,sockaddr_in($ARGV[0],INADDR_LOOPBACK) or die; listen S,5;';
const RENAME = `open F,">/proc/self/comm"; syswrite F,"${EVIL}"; close F;`;
const ENDED = /^ended (\d+)$/m;
// biome-ignore lint/suspicious/noControlCharactersInRegex: it is what is looked for
const SGR = /\u001b\[[\d;]*m/;

/** Two pools: `b` wants a CPU, `a` does not. */
async function twoPools(): Promise<string> {
  const [a, b] = [await program('sleep', ['1000']), await program('sh', ['-c', 'while :; do sleep 0.01; done'])];
  const pool = (name: string, pid: number) => `{ name: ${name}, match: { pid: ${pid} } }`;
  return `interval: 1s\npools: [${pool('a', a.pid)}, ${pool('b', b.pid)}]`;
}

function opened(options: TerminalOptions = {}): [Terminal, () => void] {
  const terminal = new Terminal(options);
  const before = terminal.state();
  return [terminal, () => assert.deepEqual(terminal.state(), before)];
}

function top(terminal: Terminal, { url }: { url: string }, env = ''): void {
  terminal.run(`clear; ${env} ${POOLDRIFT} top --url=${url}; echo "ended $?"`);
}

const firstPool = (terminal: Terminal) => terminal.lines().find((line) => /^>?!? +[ab]\b/.test(line));

describe('the live view in a terminal', function () {
  this.timeout(120_000);

  before(function () {
    skip(this, has('tmux') ? null : 'not installed: tmux');
  });

  it('draws, sorts, filters, explains, resizes, is suspended, and gives the terminal back', async () => {
    const daemon = await Daemon.start({ config: await twoPools() });
    const [terminal, asBefore] = opened();
    top(terminal, daemon);
    await terminal.shows(/^pooldrift .*CPUs[\s\S]*^> +[ab] [\s\S]*q quits$/m);
    assert.deepEqual({ ...terminal.state(), stty: '' }, { alternate: true, cursor: false, wraps: false, stty: '' });
    terminal.press('S', 'S');
    await terminal.shows(/^by demand /m);
    await until('b is first', () => firstPool(terminal)?.includes(' b '));
    terminal.press('s');
    await terminal.shows(/^by name /m);
    assert.match(firstPool(terminal)!, / a /);
    terminal.press('/', 'b');
    await terminal.shows(/^\/b_ /m);
    assert.equal(terminal.lines().filter((line) => /^>?!? +[ab] /.test(line)).length, 1);
    terminal.press('Enter', 'Enter');
    await terminal.shows(/^b .* UTC$[\s\S]*^Pool +size[\s\S]*^Esc back/m);
    terminal.press('Escape');
    await terminal.shows(/^filter "b": 1 /m);
    terminal.press('Escape');
    terminal.resize(20, 8);
    await terminal.shows(/^> ?a[\s\S]*^by name {3}q quits$/m);
    assert.ok(terminal.lines().every((line) => [...line].length <= 20));
    terminal.resize(100, 30);
    await terminal.shows(/^pooldrift .*lost 0[\s\S]*^by name .*q quits$/m);
    terminal.press('C-z');
    await until('the shell has it', () => !terminal.state().alternate);
    asBefore();
    terminal.run('bg');
    await sleep(2500); // it would have drawn twice
    asBefore();
    terminal.run('fg; echo "ended $?"');
    await terminal.shows(/^by name .*q quits$/m);
    terminal.press('q');
    await terminal.shows(/^ended 0$/m);
    asBefore();
  });

  it('keeps the last figures while the daemon is gone, says so, and goes on with the next one', async () => {
    const [config, port] = [await twoPools(), await freePort()];
    const flags = [`--web.listen-address=127.0.0.1:${port}`];
    const first = await Daemon.spawn({ config, flags });
    await first.says('serving');
    const [terminal, asBefore] = opened();
    top(terminal, { url: `http://127.0.0.1:${port}` });
    await terminal.shows(/^> +a /m);
    await first.stop('SIGKILL');
    await terminal.shows(/^STALE for \d+ s: figures of .* UTC; no pooldrift answers at http:.*[\s\S]*^> +a /m);
    await Daemon.spawn({ config, flags });
    await until('it goes on', () => !terminal.lines().some((line) => line.startsWith('STALE')), 30);
    await terminal.shows(/^> +a /m);
    terminal.press('C-c');
    await terminal.shows(/^ended 0$/m);
    asBefore();
  });

  it('gives the terminal back when it is ended by a signal or a fault, and starts again after SIGKILL', async () => {
    const daemon = await Daemon.start({ config: await twoPools() });
    const [terminal, asBefore] = opened();
    const faulty = join(folder(), 'faulty.mjs');
    writeFileSync(faulty, "process.on('SIGUSR2', () => { throw new Error('a fault'); });");
    for (const [signal, code] of [
      ['SIGTERM', 0],
      ['SIGHUP', 0],
      ['SIGUSR2', 1],
    ] as const) {
      top(terminal, daemon, `NODE_OPTIONS=--import=${faulty}`);
      await terminal.shows(/^> +[ab] /m);
      process.kill(terminal.foreground(), signal);
      const text = await terminal.shows(ENDED);
      assert.equal(Number(ENDED.exec(text)![1]), code, `${signal}: ${text}`);
      assert.equal(/Error: a fault/.test(text), signal === 'SIGUSR2', text);
      asBefore();
    }
    top(terminal, daemon);
    await terminal.shows(/^> +[ab] /m);
    const pid = terminal.foreground();
    terminal.press('C-z');
    await until('the shell has it', () => terminal.foreground() !== pid);
    terminal.run('bg');
    await terminal.shows(/^\$ bg$[\s\S]*^\$/m);
    process.kill(pid, 'SIGTERM');
    terminal.run('wait');
    await until('it has ended in the background', () => !existsSync(`/proc/${pid}`));
    asBefore();
    top(terminal, daemon);
    await terminal.shows(/^> +[ab] /m);
    process.kill(terminal.foreground(), 'SIGKILL');
    await until('it is gone', () => terminal.foreground() !== 0 && /ended 137/.test(terminal.lines().join('\n')));
    top(terminal, daemon);
    await terminal.shows(/^> +[ab] [\s\S]*q quits$/m);
    terminal.press('q');
    await until('it has ended', () => !terminal.state().alternate && terminal.state().cursor);
  });

  it('is harmless and legible with a command name full of escapes, and without colours', async () => {
    const port = await freePort();
    await program('perl', ['-e', `${RENAME} ${LISTEN} sleep`, `${port}`]);
    const daemon = await Daemon.start({ config: 'interval: 1s' });
    const [terminal, asBefore] = opened();
    top(terminal, daemon, 'NO_COLOR=1');
    await terminal.shows(/q quits$/m);
    terminal.press('/', `:${port}`, 'Enter');
    await terminal.shows(/^> +"\\x0a\\x1b\[2J.*$[\s\S]*^filter ":\d+": 1 /m);
    assert.doesNotMatch(terminal.coloured(), SGR);
    terminal.press('Enter');
    await terminal.shows(/^"\\x0a\\x1b\[2J.* UTC$/m);
    assert.equal(terminal.state().cursor, false);
    terminal.press('q');
    await terminal.shows(/^ended 0$/m);
    terminal.run(`clear; TERM=dumb ${POOLDRIFT} top --url=${daemon.url}; echo "ended $?"`);
    assert.match(await terminal.shows(/^ended 0$/m), /^POOL /m);
    asBefore();
  });
});

describe('the table of the daemon in a terminal', function () {
  this.timeout(120_000);

  it('explains, has the log above it, ends with q or with its terminal, and gives it back', async function () {
    skip(this, has('tmux') ? null : 'not installed: tmux');
    const at = folder();
    writeFileSync(join(at, 'c.yaml'), await twoPools(), { mode: 0o600 });
    const flags = `--config.file=${at}/c.yaml --state.dir=${at}/state --web.listen-address=127.0.0.1:${await freePort()}`;
    const [terminal, asBefore] = opened();
    const start = () => terminal.run(`clear; ${POOLDRIFT} run ${flags}; echo "ended $?"`);
    start();
    await terminal.shows(/msg=serving[\s\S]*^pooldrift [\s\S]*^> +[ab] [\s\S]*q quits$/m);
    assert.deepEqual([terminal.state().alternate, terminal.state().cursor], [false, false]);
    terminal.press('Enter');
    await terminal.shows(/^[ab] .* UTC$[\s\S]*^Esc back/m);
    terminal.press('Escape');
    await terminal.shows(/^> +[ab] /m);
    terminal.press('q', 'q');
    await terminal.shows(/msg=stopping[\s\S]*^ended 0$/m);
    asBefore();
    start();
    await terminal.shows(/^> +[ab] /m);
    const pid = terminal.foreground();
    terminal.close();
    await until('it has ended with its terminal', () => !existsSync(`/proc/${pid}`));
  });
});
