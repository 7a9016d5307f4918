import assert from 'node:assert/strict';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Daemon, folder } from './daemon.ts';
import { pooldrift } from './verb.ts';

/** What is in the file, where the fault stands, and what is said of it. */
const FAULTS: Record<string, [yaml: string, at: string, says: RegExp]> = {
  'an unknown key': ['intervall: 5s\n', '1:1', /unknown key "intervall", did you mean 'interval'\?/],
  'an unknown key of a pool': ['pools:\n  - name: a\n    match: { prot: 80 }\n', '3:14', /unknown key "prot"/],
  'a wrong type': ['limits:\n  pools: many\n', '2:10', /pools: expected a whole number from 1 to \d+, got "many"/],
  'a bad regular expression': ['pools:\n  - { name: a, match: { comm: "/(/" } }\n', '2:31', /comm: .*\(/],
  'two pools of one name': [
    'pools:\n  - { name: a, match: { pid: 1 } }\n  - { name: a, match: { pid: 2 } }\n',
    '3:13',
    /two pools are called "a"/,
  ],
  'broken YAML': ['pools: [\n', '2:1', /./],
};

describe('a bad configuration', function () {
  this.timeout(60_000);

  for (const [what, [yaml, at, says]] of Object.entries(FAULTS)) {
    it(`${what}: check and run say file:line:column`, async () => {
      const file = join(folder(), 'bad.yaml');
      writeFileSync(file, yaml, { mode: 0o600 });
      const checked = await pooldrift(['check', `--config.file=${file}`]);
      assert.equal(checked.code, 1);
      assert.ok(checked.err.includes(`${file}:${at}: `), checked.err);
      assert.match(checked.err, says);
      const daemon = await Daemon.spawn({ config: yaml });
      assert.equal(await daemon.ends(), 1);
      assert.ok(daemon.log.includes(`${daemon.configFile}:${at}: `), daemon.log);
      assert.doesNotMatch(daemon.log, /\n\s+at /, 'no stack');
    });
  }

  it('every fault of a file has its line', async () => {
    const file = join(folder(), 'bad.yaml');
    writeFileSync(file, 'intervall: 5s\npools:\n  - name: 7\nlimits: { pools: 0 }\n', { mode: 0o600 });
    const { code, err } = await pooldrift(['check', `--config.file=${file}`]);
    assert.equal(code, 1);
    const lines = err
      .trim()
      .split('\n')
      .map((line) => Number(line.slice(file.length + 1).split(':')[0]));
    assert.deepEqual([...new Set(lines)].sort(), [1, 3, 4], err);
  });

  it('as root, a file that others can write is refused', async () => {
    const file = join(folder(), 'open.yaml');
    writeFileSync(file, 'interval: 5s\n');
    chmodSync(file, 0o666);
    const { code, err } = await pooldrift(['check', `--config.file=${file}`]);
    assert.equal(code, 1);
    assert.match(err, /everybody can write it \(mode 0666\)/);
  });

  it('a flag that is not known, and a file that is not there, are said', async () => {
    const flag = await pooldrift(['run', '--confg.file=x']);
    assert.equal(flag.code, 2);
    assert.match(flag.err, /--confg\.file/);
    const missing = await pooldrift(['check', '--config.file=/nonexistent/pooldrift.yaml']);
    assert.equal(missing.code, 1);
    assert.match(missing.err, /\/nonexistent\/pooldrift\.yaml.*ENOENT|\/nonexistent\/pooldrift\.yaml.*no such/i);
  });
});
