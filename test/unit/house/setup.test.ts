import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ROOT } from './files.ts';

describe('set-up', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'pooldrift-setup-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  function script(name: string, args: string[], env: NodeJS.ProcessEnv = {}) {
    const run = spawnSync('/bin/sh', [join(ROOT, 'scripts/setup', name), ...args], {
      cwd: folder,
      encoding: 'utf8',
      env: { ...process.env, ...env },
    });
    return { status: run.status, out: run.stdout, err: run.stderr };
  }

  function executable(path: string, text: string): void {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
    chmodSync(join(folder, path), 0o755);
  }

  it('says a step in one aligned line and keeps what the tools said', () => {
    const { status, out } = script('step.sh', ['build', 'bpf/sched', '1 object', 'echo', 'much']);
    assert.equal(status, 0);
    assert.equal(out, `build       bpf/sched ${'.'.repeat(29)} 1 object\n`);
    assert.equal(readFileSync(join(folder, 'build/build.log'), 'utf8'), 'much\n');
  });

  for (const [said, reason] of [
    ['Temporary failure resolving deb.example', 'no network'],
    ['npm error code ETARGET', 'npm lacks a package'],
    ['E: Unable to locate package flux', "this system's package sources lack a package"],
    ['something else', 'sh ended with an error'],
  ] as const) {
    it(`gives the reason of a failure and the log's end: ${said}`, () => {
      const { status, err } = script('step.sh', ['x', 'y', 'z', 'sh', '-c', `echo '${said}'; exit 3`]);
      assert.equal(status, 1);
      assert.ok(err.startsWith(`pooldrift: x failed: ${reason}`), err);
      assert.ok(err.endsWith(`The end of build/x.log:\n    ${said}\n`), err);
    });
  }

  it('names the packages to install where there is no apt-get', () => {
    const { status, err } = script('packages.sh', ['sh:dash flux:flux-tools /no/*/flux.h:libflux-dev'], {
      PATH: folder,
    });
    assert.equal(status, 1);
    assert.match(err, /^pooldrift: missing: dash flux-tools libflux-dev\.\n {2}There is no apt-get here/);
  });

  it('is silent where every command, library and file is there', () => {
    const needs = 'sh:dash libc.so.6:libc6 /usr/lib/*/libc.so.6:libc6';
    const PATH = `${process.env.PATH}:/sbin:/usr/sbin`;
    assert.deepEqual(script('packages.sh', [needs], { PATH }), { status: 0, out: '', err: '' });
  });

  it('takes a Node of at least 22.18 as it is', () => {
    executable('bin/node', '#!/bin/sh\necho "$FAKE_VERSION"\n');
    const run = (version: string) =>
      script('node.sh', [], {
        PATH: `${folder}/bin:/usr/bin:/bin`,
        FAKE_VERSION: version,
        NODE_ARCH: '',
        NODE_VERSION: '24.0.0',
      });
    for (const good of ['v22.18.0', 'v22.20.1', 'v24.21.0', 'v30.0.0']) assert.equal(run(good).status, 0, good);
    for (const bad of ['v18.20.4', 'v20.20.2', 'v22.9.0', 'v22.17.1', 'v23.1.0'])
      assert.match(run(bad).err, /^pooldrift: Node .* is too old/, bad);
  });

  it('starts the daemon as the process that was started, also through a symbolic link', async () => {
    executable('pd/bin/pooldrift', '');
    copyFileSync(join(ROOT, 'bin/pooldrift'), join(folder, 'pd/bin/pooldrift'));
    mkdirSync(join(folder, 'pd/src'));
    writeFileSync(
      join(folder, 'pd/src/main.ts'),
      'const a: string[] = process.argv.slice(2);\nconsole.log(process.pid, a);\nsetInterval(() => {}, 1000);\n',
    );
    symlinkSync(join(folder, 'pd/bin/pooldrift'), join(folder, 'pooldrift'));
    const child = spawn(join(folder, 'pooldrift'), ['run', '--a b']);
    try {
      const [line] = await once(child.stdout, 'data');
      assert.equal(`${line}`, `${child.pid} [ 'run', '--a b' ]\n`);
    } finally {
      child.kill('SIGTERM');
    }
    assert.deepEqual(await once(child, 'exit'), [null, 'SIGTERM']);
  });
});
