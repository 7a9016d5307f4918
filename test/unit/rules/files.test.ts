import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatFault } from '../../../src/config/config.ts';
import { BUILTIN_FILES } from '../../../src/rules/builtin.ts';
import { loadConfigAndRules } from '../../../src/rules/load/files.ts';
import { defer } from '../../lib/cleanup.ts';

const GROUP = (name: string, expr = 'up == 0') =>
  `groups: [ { name: ${name}, rules: [ { alert: A, expr: "${expr}" } ] } ]\n`;

/** A configuration with other files beside it. */
function load(config: string, files: Record<string, string> = {}, mode = 0o600) {
  const folder = mkdtempSync(join(tmpdir(), 'pooldrift-rules-'));
  defer(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, 'rules'));
  const file = join(folder, 'c.yaml');
  writeFileSync(file, config, { mode: 0o600 });
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(join(folder, name), text);
    chmodSync(join(folder, name), mode);
  }
  const { groups, faults } = loadConfigAndRules(file);
  const inFolder = (text: string) => text.replace(`${folder}/`, '');
  return {
    files: [...new Set(groups.map((group) => inFolder(group.file)))],
    faults: faults.map((fault) => inFolder(formatFault(fault))),
    annotations: groups.flatMap(({ rules }) =>
      rules.flatMap((rule) => (rule.kind === 'alert' ? rule.annotations : [])),
    ),
  };
}

describe('the rules of a configuration', () => {
  it('are the built-in ones, or those of its files, or both', () => {
    const files = { 'rules/b.yaml': GROUP('b'), 'rules/a.yaml': GROUP('a') };
    assert.deepEqual(load('').files, BUILTIN_FILES);
    assert.deepEqual(load('builtin_rules: off').files, []);
    const both = load('rule_files: [ rules/*.yaml ]', files);
    assert.deepEqual([both.files, both.faults], [[...BUILTIN_FILES, 'rules/a.yaml', 'rules/b.yaml'], []]);
    assert.deepEqual(load('rule_files: [ rules/b.yaml ]\nbuiltin_rules: off', files).files, ['rules/b.yaml']);
    assert.deepEqual(loadConfigAndRules(null).groups.length > 0, true);
  });

  it('are none where one file has a fault; all faults are told', () => {
    const files = { 'rules/a.yaml': GROUP('a', 'up =='), 'rules/b.yaml': GROUP('b'), 'rules/c.yaml': 'group: []\n' };
    const { files: loaded, faults } = load('rule_files: [ rules/*.yaml ]', files);
    assert.deepEqual(loaded, []);
    assert.match(faults[0]!, /^rules\/a\.yaml:1:55: expr: /);
    assert.match(faults[1]!, /^rules\/c\.yaml:1:1: unknown key "group"/);
    assert.equal(faults.length, 2);
    assert.match(load('interval: x').faults.join(), /^c\.yaml:1:11: interval: expected/);
  });

  it('are not taken from a file that others can write, as root', () => {
    const { faults } = load('rule_files: [ rules/a.yaml ]', { 'rules/a.yaml': GROUP('a') }, 0o666);
    if (process.getuid?.() === 0) assert.match(faults.join(), /^rules\/a\.yaml:1:1: everybody can write it/);
    else assert.deepEqual(faults, []);
  });

  it('name their pages where those are served', () => {
    const { annotations } = load('alerting: { runbooks: "https://wiki.example/p" }');
    const pages = annotations.filter(({ name }) => name === 'runbook_url').map(({ source }) => source);
    assert.ok(
      pages.length >= 14 && pages.every((page) => /^https:\/\/wiki\.example\/p\/[\w-]+\.md$/.test(page)),
      `${pages}`,
    );
    assert.match(load('alerting: { runbooks: wiki }').faults.join(), /1:23: runbooks: expected an http/);
  });
});
