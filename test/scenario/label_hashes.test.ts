import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { hashOfAll } from '../lib/label_hashes.ts';

const PROGRAM = join(import.meta.dirname, '../lib/label_hashes.ts');
const SETS = 100_000;
const PROCESSES = 12;
const LOCALES = ['C', 'C.UTF-8', 'tr_TR.UTF-8', 'sv_SE.UTF-8'];
const run = promisify(execFile);

describe('canonical labels', function () {
  this.timeout(240_000);

  it(`${SETS} sets, each shuffled, hash alike in ${PROCESSES} processes`, async () => {
    const wanted = hashOfAll(SETS, 0);
    let started = 0;
    const lane = async () => {
      while (started < PROCESSES) {
        const order = ++started;
        const env = { ...process.env, LC_ALL: LOCALES[order % LOCALES.length], TZ: `Etc/GMT-${order}` };
        const { stdout } = await run(process.execPath, [PROGRAM, String(SETS), String(order)], { env });
        assert.equal(stdout.trim(), wanted, `process ${order}`);
      }
    };
    await Promise.all(Array.from({ length: availableParallelism() }, lane));
    assert.equal(started, PROCESSES);
  });

  it('other sets hash otherwise', () => assert.notEqual(hashOfAll(100, 0), hashOfAll(101, 0)));
});
