import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ALL } from '../../lib/grafana/dashboards.ts';

const MAIN = new URL('../../../src/main.ts', import.meta.url).pathname;

function dashboards(...argv: string[]) {
  const args = ['--disable-warning=ExperimentalWarning', MAIN, 'dashboards', ...argv];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', timeout: 9000 });
  return { status, stdout, stderr };
}

describe('pooldrift dashboards', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'pooldrift-dashboards-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('prints all by uid, or one', () => {
    assert.deepEqual(JSON.parse(dashboards().stdout), Object.fromEntries(ALL.map((each) => [each.uid, each])));
    assert.deepEqual(JSON.parse(dashboards('tcp').stdout), ALL[2]);
  });

  it('writes a file each, into a folder that it makes', () => {
    const out = join(folder, 'new');
    assert.deepEqual(dashboards(`--out=${out}`), { status: 0, stdout: '', stderr: '' });
    const written = readdirSync(out).map((name) => JSON.parse(readFileSync(join(out, name), 'utf8')));
    assert.deepEqual(written.map(({ uid }) => uid).sort(), ALL.map(({ uid }) => uid).sort());
  });

  it('says why it cannot write', () => {
    const { status, stderr } = dashboards(`--out=${join(folder, 'no', 'parent')}`);
    assert.equal(status, 1);
    assert.match(stderr, /^pooldrift: cannot write the dashboards: ENOENT/);
  });
});
