import assert from 'node:assert/strict';
import { createLogger } from '../../../src/cli/log.ts';

function logged(
  format: 'logfmt' | 'json',
  write: (log: ReturnType<typeof createLogger>) => void,
  level: 'info' | 'error' = 'info',
): string[] {
  const lines: string[] = [];
  write(createLogger(level, format, (line) => lines.push(line)));
  return lines;
}

describe('log', () => {
  it('has Prometheus-manner lines', () => {
    const [line] = logged('logfmt', (log) => log.info({ pool: 'checkout', size: 8, ports: [80] }, 'found a pool'));
    assert.match(
      line!,
      /^ts=\d{4}-\d\d-\d\dT[\d:.]+Z level=info msg="found a pool" pool=checkout size=8 ports=\[80\]\n$/,
    );
  });

  it('is JSON where asked', () => {
    const [line] = logged('json', (log) => log.warn({ pool: 'a' }, 'b'));
    const { ts, ...rest } = JSON.parse(line!);
    assert.ok(!Number.isNaN(Date.parse(ts)));
    assert.deepEqual(rest, { level: 'warn', pool: 'a', msg: 'b' });
  });

  it('keeps quiet below its level', () =>
    assert.deepEqual(
      logged('logfmt', (log) => log.warn('x'), 'error'),
      [],
    ));

  it('shows the message of an error', () => {
    const [line] = logged('logfmt', (log) => log.error(new Error('broken pipe')));
    assert.match(line!, /level=error msg="broken pipe" err="broken pipe"\n$/);
  });

  it('cannot be made to act on a terminal, nor to forge a line', () => {
    const [line] = logged('logfmt', (log) => log.info({ comm: 'a\u001b[2J\nlevel=error \u009b1m\u202e"=' }, 'x'));
    assert.match(line!, /comm="a\\u001b\[2J\\nlevel=error \\u009b1m\\u202e\\"="\n$/);
    assert.equal(line!.split('\n').length, 2);
  });
});
