import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, closeSync, openSync, symlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { formatFault } from '../../../src/config/config.ts';
import { loadConfig, ruleFiles } from '../../../src/config/load.ts';
import { trustedOwners, unsafe } from '../../../src/config/safety.ts';
import { skip } from '../../lib/skip.ts';
import { temporaryDirectory } from './fixtures.ts';

const uid = process.getuid!();

function runCheck(...args: string[]) {
  const module = resolve(import.meta.dirname, '../../../src/cli/check.ts');
  const script = `const { check } = await import(${JSON.stringify(module)}); process.exitCode = await check(process.argv.slice(1));`;
  return spawnSync(process.execPath, ['--input-type=module', '-e', script, '--', ...args], { encoding: 'utf8' });
}

describe('loading a configuration', () => {
  const directory = temporaryDirectory();

  it('gives defaults without a file', () => assert.equal(loadConfig(null).config?.intervalSeconds, 5));

  it('says why a file cannot be read', () => {
    const file = join(directory.path, 'none.yaml');
    assert.deepEqual(loadConfig(file).faults.map(formatFault), [
      `${file}:1:1: cannot read it: ENOENT: no such file or directory`,
    ]);
  });

  it('finds rule files beside the configuration, and misses what is named but not there', () => {
    directory.write('rules/b.yaml', '');
    directory.write('rules/a.yaml', '');
    const good = directory.write('good.yaml', 'rule_files: [ "rules/*.yaml", rules/a.yaml, "none/*.yaml" ]\n');
    const names = ['rules/a.yaml', 'rules/b.yaml'].map((name) => join(directory.path, name));
    assert.deepEqual(ruleFiles(loadConfig(good).config!, good), names);
    const bad = directory.write('bad.yaml', 'rule_files: [ rules/c.yaml ]\n');
    assert.deepEqual(loadConfig(bad).faults.map(formatFault), [
      `${join(directory.path, 'rules/c.yaml')}:1:1: no such rule file`,
    ]);
  });

  it('says which file of an Alertmanager cannot be read', () => {
    const entry = '{ url: "https://a", bearer_token_file: token, tls: { ca_file: ca.pem } }';
    const file = directory.write('c.yaml', `alerting: { alertmanagers: [${entry}] }\n`);
    directory.write('ca.pem', '');
    const token = join(directory.path, 'token');
    const missing = `${token}:1:1: cannot read it: ENOENT: no such file or directory`;
    assert.deepEqual(loadConfig(file).faults.map(formatFault), [missing]);
    directory.write('token', 's3cret', uid === 0 ? 0o666 : 0o600);
    assert.deepEqual(loadConfig(file).faults.length, uid === 0 ? 1 : 0);
    directory.write('token', 's3cret', 0o600);
    assert.deepEqual(loadConfig(file).faults, []);
  });

  it('check prints each fault on stderr and ends with 1, or ends with 0', () => {
    const bad = directory.write('bad.yaml', 'interval: 5x\nfoo: 1\n');
    const result = runCheck(`--config.file=${bad}`);
    assert.equal(result.status, 1);
    assert.match(result.stderr, /bad\.yaml:1:11: interval: expected .*\n.*bad\.yaml:2:1: unknown key "foo"/);
    assert.equal(result.stdout, '');
    const good = directory.write('good.yaml', 'interval: 5s\n');
    assert.deepEqual(
      [runCheck('--config.file', good).status, runCheck('--config.file', good).stdout],
      [0, `${good}: 0 pools, 0 rule files, 15 rules\n`],
    );
    assert.equal(runCheck('--nonsense').status, 1);
  });
});

describe('as root, a file that others can write is refused', () => {
  const directory = temporaryDirectory();

  function verdict(file: string, as = 0): string | null {
    const fd = openSync(file, 'r');
    try {
      return unsafe(fd, file, as, [uid]);
    } finally {
      closeSync(fd);
    }
  }

  it('mode 0644 in a directory of its own is fine', () => assert.equal(verdict(directory.write('a', '')), null));

  it('writable for everybody', () => {
    const file = directory.write('a', '', 0o666);
    assert.match(verdict(file)!, /^everybody can write it \(mode 0666\)/);
    assert.equal(verdict(file, 1000), null);
  });

  it('owned by somebody else', () => {
    const fd = openSync(directory.write('a', ''), 'r');
    try {
      assert.match(unsafe(fd, join(directory.path, 'a'), 0, [uid + 1])!, new RegExp(`^user ${uid} owns it`));
    } finally {
      closeSync(fd);
    }
  });

  it('in a directory where it could be replaced, unless that is sticky', () => {
    const file = directory.write('a', '');
    chmodSync(directory.path, 0o777);
    assert.match(verdict(file)!, /^its directory .*: everybody can write it \(mode 0777\) and could replace it/);
    chmodSync(directory.path, 0o1777);
    assert.equal(verdict(file), null);
  });

  it('behind a symbolic link', () => {
    directory.write('open/real', '', 0o666);
    symlinkSync('open/real', join(directory.path, 'link'));
    assert.match(verdict(join(directory.path, 'link'))!, /^everybody can write it/);
  });

  it('the caller of sudo is trusted, root always', () => {
    assert.deepEqual(trustedOwners({}), [0]);
    assert.deepEqual(trustedOwners({ SUDO_UID: '1000' }), [0, 1000]);
  });

  it('loadConfig refuses it, as root', function () {
    skip(this, uid === 0 ? null : 'root alone refuses such files');
    const file = directory.write('a.yaml', '', 0o666);
    assert.match(loadConfig(file).faults[0]!.message, /^everybody can write it/);
  });
});
