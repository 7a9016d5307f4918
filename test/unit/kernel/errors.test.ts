import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { KernelError, usefulLine } from '../../../src/kernel/errors.ts';
import { VERDICTS } from './fixtures/verdicts.ts';

/** What libbpf and Linux 6.18 said of fixtures/verifier/NAME.bpf.c; of complex.log only the end. */
function log(name: string): string {
  return readFileSync(join(import.meta.dirname, 'fixtures/verifier', `${name}.log`), 'utf8');
}

describe('the useful line of a verifier log', () => {
  for (const [name, line] of Object.entries(VERDICTS)) {
    it(name, () => assert.equal(usefulLine(log(name)), line));
  }

  it('without privileges', () => assert.match(usefulLine(log('nobody')), /Operation not permitted\(1\)/));

  it('never the misleading hint', () => assert.doesNotMatch(usefulLine(log('fentry')), /ulimit/));

  it('a register dump of an older kernel is no verdict', () => {
    const lines = [
      "R0 invalid mem access 'scalar'",
      'R0_w=inv(id=0) R1=ctx(id=0,off=0,imm=0) R10=fp0',
      'processed 3 insns',
    ];
    assert.equal(usefulLine(lines.join('\n')), lines[0]);
  });

  it('nothing said', () => assert.equal(usefulLine('\n\n'), ''));
});

describe('a kernel error', () => {
  it('carries its code, remedy, log and cause', () => {
    const cause = new Error('why');
    const error = new KernelError('map', 'cannot map', { remedy: 'do this', log: 'all of it', cause });
    const { name, code, message, remedy, log } = error;
    assert.deepEqual([name, code, message, remedy, log], ['KernelError', 'map', 'cannot map', 'do this', 'all of it']);
    assert.equal(error.cause, cause);
  });

  it('without options: empty strings, and no cause property at all', () => {
    const error = new KernelError('map', 'cannot map');
    assert.deepEqual([error.remedy, error.log, 'cause' in error], ['', '', false]);
  });
});
