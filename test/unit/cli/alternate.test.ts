import assert from 'node:assert/strict';
import { AlternateScreen } from '../../../src/cli/alternate.ts';

class Recorder {
  columns = 40;
  rows = 3;
  readonly writes: string[] = [];

  write(text: string): void {
    this.writes.push(text);
  }
}

function opened(): [AlternateScreen, Recorder] {
  const terminal = new Recorder();
  return [new AlternateScreen(terminal), terminal];
}

describe('the alternate screen', () => {
  it('writes what has changed, in one write, and nothing where nothing has', () => {
    const [screen, { writes }] = opened();
    screen.draw(['head', 'a']);
    screen.draw(['head', 'b']);
    screen.draw(['head', 'b']);
    screen.draw(['head']);
    assert.equal(writes.length, 3);
    assert.ok(writes[0]!.startsWith('\u001b[?1049h\u001b[?25l\u001b[?7l\u001b[2J'));
    assert.equal(writes[1], '\u001b[2;1H\u001b[Kb');
    assert.equal(writes[2], '\u001b[2;1H\u001b[K');
  });

  it('draws all of it anew at another size, and no more than there are rows', () => {
    const [screen, terminal] = opened();
    screen.draw(['head', 'a', 'b', 'never']);
    terminal.rows = 2;
    screen.draw(['head', 'a', 'never']);
    assert.equal(terminal.writes[1], '\u001b[2J\u001b[1;1H\u001b[Khead\u001b[2;1H\u001b[Ka');
    assert.ok(!terminal.writes.join('').includes('never'));
  });

  it('gives everything back once, and takes it again after a pause', () => {
    const [screen, { writes }] = opened();
    screen.close();
    assert.equal(writes.length, 0, 'nothing was taken');
    const [second, terminal] = opened();
    second.draw(['head']);
    second.pause();
    second.draw(['head']);
    second.close();
    second.close();
    second.draw(['never']);
    const [drawn, left, again, closed, ...more] = terminal.writes;
    assert.deepEqual([again, more], [drawn, []]);
    for (const back of [left!, closed!])
      for (const mode of ['\u001b[0m', '\u001b[?7h', '\u001b[?25h', '\u001b[?1049l']) assert.ok(back.includes(mode));
  });
});
