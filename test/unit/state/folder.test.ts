import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { FILE_BYTES_MAX, FILES_MAX } from '../../../src/state/files.ts';
import { skip } from '../../lib/skip.ts';
import { opened, session, temporary } from './state.ts';

const DAY_MS = 86_400_000;

/** A folder in which `checkout` has been written, and that file. */
function written(value: unknown = { a: 1 }): { folder: string; file: string } {
  const folder = join(temporary(), 'made/by/it');
  session(folder, (state) => assert.equal(state.write('checkout', value), true));
  return { folder, file: join(folder, 'pools/checkout.json') };
}

describe('state folder', () => {
  it('is made for its owner alone, and so are its files', () => {
    const { folder, file } = written();
    const modes = [folder, join(folder, 'pools'), join(folder, 'lock'), file].map(
      (path) => statSync(path).mode & 0o777,
    );
    assert.deepEqual(modes, [0o700, 0o700, 0o600, 0o600]);
  });

  it('gives back any value under any name, to the same process and to the next', () => {
    const folder = temporary();
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), fc.jsonValue(), (name, value) => {
        const json = JSON.parse(JSON.stringify(value));
        const clock = () => 1234.5;
        session(
          folder,
          (state) => {
            assert.ok(state.write(name, value));
            assert.deepEqual(state.read(name), { savedAtMs: 1234.5, version: '0.1.0', value: json });
          },
          clock,
        );
        assert.deepEqual(
          session(folder, (state) => state.read(name)?.value, clock),
          json,
        );
      }),
      { numRuns: 100 },
    );
  });

  it('the last of several writes stays', async () => {
    const { state, folder } = opened();
    for (let n = 0; n < 20; n++) state.write('checkout', n);
    state.write('other', 'x');
    for (let tries = 0; tries < 200 && readdirSync(join(folder, 'pools')).length !== 2; tries++) await sleep(10);
    assert.deepEqual(readdirSync(join(folder, 'pools')).sort(), ['checkout.json', 'other.json']);
    assert.equal(JSON.parse(readFileSync(join(folder, 'pools/checkout.json'), 'utf8')).value, 19);
  });

  it('nothing was written: nothing is read, and nothing said', () => {
    const { state, log } = opened();
    assert.equal(state.read('checkout'), null);
    assert.deepEqual(log.lines, []);
  });

  it('one at a time: the second refuses, and names the first', () => {
    const { state, folder } = opened();
    assert.throws(() => opened(folder), {
      message: `another pooldrift (pid ${process.pid}) has the state folder ${folder}\n  Stop that one, or give this one a folder of its own with --state.dir.`,
    });
    state.close();
    opened(folder);
  });

  it('a lock that is a symbolic link or a pipe is not opened, and what it leads to not touched', () => {
    for (const make of [
      (path: string) => symlinkSync('../victim', path),
      (path: string) => execFileSync('mkfifo', [path]),
    ]) {
      const folder = join(temporary(), 'state');
      mkdirSync(folder, { mode: 0o700 });
      writeFileSync(join(folder, '../victim'), 'precious');
      make(join(folder, 'lock'));
      const { state, log } = opened(folder);
      assert.match(log.lines.join(), /its lock is (a symbolic link|no file); nothing is kept/);
      assert.equal(state.write('checkout', 1), false);
      assert.equal(log.lines.length, 1);
      assert.equal(readFileSync(join(folder, '../victim'), 'utf8'), 'precious');
    }
  });

  it('a folder that others can write is not believed; put right, it works again', async () => {
    const { folder } = written();
    chmodSync(folder, 0o777);
    const { state, log } = opened(folder);
    assert.equal(state.read('checkout'), null);
    assert.equal(state.write('checkout', 2), false);
    assert.deepEqual(log.lines, [
      `warn: state folder ${folder}: others can write it (mode 777); nothing is kept over a restart until that is put right`,
    ]);
    chmodSync(folder, 0o700);
    assert.equal(state.write('checkout', 3), true);
    state.close();
    assert.deepEqual(log.lines.slice(1), [`info: state folder ${folder} works again`]);
    assert.equal(
      session(folder, (again) => again.read('checkout')?.value),
      3,
    );
  });

  it('removed under it: it is made again; taken by another meanwhile: said', () => {
    const { state, folder, log } = opened(join(temporary(), 'state'));
    state.write('checkout', 1);
    rmSync(folder, { recursive: true });
    state.write('checkout', 2);
    assert.equal(state.read('checkout')?.value, 2);
    assert.throws(() => opened(folder), /another pooldrift/, 'and locked again');
    rmSync(join(folder, 'lock'));
    const other = opened(folder);
    assert.equal(state.write('checkout', 3), false);
    assert.match(
      log.lines.at(-1)!,
      /^warn: .*: another pooldrift \(pid \d+\) has the state folder .*; nothing is kept/,
    );
    other.state.close();
    assert.equal(state.write('checkout', 4), true);
    assert.equal(state.read('checkout')?.value, 4);
    assert.match(log.lines.at(-1)!, /^info: .* works again$/);
  });

  it('a file in its place: said, and it goes on', () => {
    const path = join(temporary(), 'file');
    writeFileSync(path, '');
    const { state, log } = opened(path);
    assert.equal(state.read('checkout'), null);
    assert.match(log.lines[0]!, /it is no directory; nothing is kept/);
  });

  it('what an earlier process left half written is removed; another pool folder is set aside', () => {
    const { folder, file } = written();
    writeFileSync(`${file}.tmp`, '{"for');
    assert.equal(
      session(folder, (state) => state.read('checkout')?.value !== undefined),
      true,
    );
    assert.deepEqual(readdirSync(join(folder, 'pools')), ['checkout.json']);
    const other = join(temporary(), 'state');
    mkdirSync(other, { mode: 0o700 });
    symlinkSync('/etc', join(other, 'pools'));
    session(other, (state, log) => {
      assert.match(log.lines[0]!, /pools: it is no directory: kept as .*pools\.damaged, and a fresh one begins/);
      assert.ok(state.write('checkout', 1));
    });
  });

  it('pools that were not seen for four weeks go, and the oldest of too many', () => {
    const { folder, file } = written();
    const start = Date.now();
    session(
      folder,
      (state) => state.read('checkout'),
      () => start + 27 * DAY_MS,
    );
    assert.ok(readdirSync(join(folder, 'pools')).includes('checkout.json'));
    let nowMs = start + 27 * DAY_MS;
    const { state } = opened(folder, () => nowMs);
    nowMs = start + 29 * DAY_MS;
    state.write('other', 1);
    assert.deepEqual(
      readdirSync(join(folder, 'pools')).filter((name) => name === 'checkout.json'),
      [],
    );
    state.close();
    for (let n = 0; n < FILES_MAX + 5; n++) {
      const path = join(folder, `pools/p${n}.json`);
      writeFileSync(path, '{}');
      utimesSync(path, start / 1000 + n, start / 1000 + n);
    }
    session(folder, () => {});
    const left = readdirSync(join(folder, 'pools'));
    assert.equal(left.length, FILES_MAX);
    assert.ok(!left.includes('p3.json') && left.includes(`p${FILES_MAX}.json`), file);
  });

  it('a value that is too large is not written, and the old file stays', () => {
    const { folder } = written('old');
    session(folder, (state, log) => {
      assert.equal(state.write('checkout', 'x'.repeat(FILE_BYTES_MAX)), false);
      assert.match(log.lines[0]!, /what is to be kept of a pool is over 8 MiB; nothing is kept/);
      assert.equal(state.read('checkout')?.value, 'old');
    });
  });
});

describe('a file that cannot be used', () => {
  const DAMAGE: [string, (file: string) => void, RegExp][] = [
    ['cut short', (file) => writeFileSync(file, readFileSync(file, 'utf8').slice(0, -5)), /it is no JSON/],
    ['empty', (file) => writeFileSync(file, ''), /it is no JSON/],
    ['binary', (file) => writeFileSync(file, Buffer.alloc(4096)), /it is no JSON/],
    ['nested without end', (file) => writeFileSync(file, '['.repeat(4e6)), /it is no JSON/],
    ['of another form', (file) => writeFileSync(file, '{"format":1,"version":3}'), /not the right form/],
    ['null', (file) => writeFileSync(file, 'null'), /not the right form/],
    [
      'of another pool',
      (file) => writeFileSync(file, readFileSync(file, 'utf8').replace('checkout', 'x')),
      /another name/,
    ],
    ['writable by others', (file) => chmodSync(file, 0o666), /others can write it \(mode 666\)/],
    ['too large', (file) => writeFileSync(file, Buffer.alloc(FILE_BYTES_MAX + 1)), /bytes/],
    ['a symbolic link', (file) => replaced(file, () => symlinkSync('/etc/hostname', file)), /symbolic link/],
    ['a directory', (file) => replaced(file, () => mkdirSync(join(file, 'x'), { recursive: true })), /no file/],
    ['a pipe', (file) => replaced(file, () => execFileSync('mkfifo', [file])), /no file/],
  ];

  for (const [what, damage, reason] of DAMAGE)
    it(`${what}: it is set aside, said once, and a fresh one begins`, () => {
      const { folder, file } = written();
      damage(file);
      const { state, log } = opened(folder);
      assert.equal(state.read('checkout'), null);
      assert.equal(state.read('checkout'), null);
      assert.equal(log.lines.length, 1, log.lines.join('\n'));
      assert.match(log.lines[0]!, reason);
      assert.match(log.lines[0]!, /^warn: what is kept of pool checkout: .*checkout\.damaged, and a fresh one begins$/);
      assert.deepEqual(readdirSync(join(folder, 'pools')), ['checkout.damaged']);
      assert.ok(state.write('checkout', 'fresh'));
      assert.equal(state.read('checkout')?.value, 'fresh');
    });

  it('one that another user owns', function () {
    if (process.geteuid!() !== 0) return skip(this, 'only root can give a file away');
    const { folder, file } = written();
    chownSync(file, 65534, 65534);
    session(folder, (state, log) => {
      assert.equal(state.read('checkout'), null);
      assert.match(log.lines.join(), /damaged \(user 65534 owns it\)/);
    });
  });

  it('one of another format is kept as .old; a second replaces it', () => {
    const { folder, file } = written();
    for (const version of [2, 99]) {
      writeFileSync(file, JSON.stringify({ format: version, anything: 'else' }), { mode: 0o600 });
      session(folder, (state, log) => {
        assert.equal(state.read('checkout'), null);
        assert.match(log.lines.join(), /of another version of pooldrift \(format \d+\): kept as .*checkout\.old/);
      });
      assert.equal(JSON.parse(readFileSync(join(folder, 'pools/checkout.old'), 'utf8')).format, version);
    }
  });

  it('another version of the same format is read, and says which', () => {
    const { folder } = written('value');
    const { state } = opened(folder, Date.now, '0.2.0');
    assert.deepEqual([state.read('checkout')?.version, state.read('checkout')?.value], ['0.1.0', 'value']);
  });

  it('a value that makes no sense to its reader is set aside too', () => {
    const { folder } = written('value');
    session(folder, (state, log) => {
      state.refuse('checkout', 'no baseline in it');
      assert.equal(state.read('checkout'), null);
      assert.match(log.lines.join(), /damaged \(no baseline in it\)/);
    });
  });
});

function replaced(file: string, make: () => void): void {
  rmSync(file);
  make();
}
