import assert from 'node:assert/strict';
import { Screen } from '../../../src/cli/screen.ts';

const ESC = '\u001b';
const TOKENS = new RegExp(`${ESC}\\[\\??\\d*[a-zA-Z]|[\\s\\S]`, 'gu');

/** Enough of a terminal to know what is to be read on it: rows that never scroll away, wrapping, clearing, moving up. */
class FakeTerminal {
  columns = 40;
  rows = 20;
  writes = 0;
  cursorShown = true;
  readonly lines: string[] = [''];
  #row = 0;
  #column = 0;

  write(text: string): void {
    this.writes++;
    for (const [token] of text.matchAll(TOKENS)) this.#act(token);
  }

  #act(token: string): void {
    if (token === '\r') this.#column = 0;
    else if (token === '\n') this.#down();
    else if (token === '\u001b[K') this.lines[this.#row] = this.lines[this.#row]!.slice(0, this.#column);
    else if (token === '\u001b[J')
      this.lines.splice(this.#row, this.lines.length, this.lines[this.#row]!.slice(0, this.#column));
    else if (token.endsWith('A')) this.#row = Math.max(0, this.#row - Number(token.slice(2, -1)));
    else if (token.startsWith('\u001b[?25')) this.cursorShown = token.endsWith('h');
    else this.#put(token);
  }

  #down(): void {
    this.#row++;
    if (this.lines[this.#row] === undefined) this.lines.push('');
  }

  #put(character: string): void {
    if (this.#column === this.columns) {
      this.#column = 0;
      this.#down();
    }
    const line = this.lines[this.#row]!.padEnd(this.#column);
    this.lines[this.#row] = line.slice(0, this.#column) + character + line.slice(this.#column + 1);
    this.#column++;
  }

  /** What a narrower terminal does to what is on it, the cursor staying at the end. */
  narrow(columns: number): void {
    const wrapped = this.lines.flatMap((line) => line.match(new RegExp(`.{1,${columns}}`, 'g')) ?? ['']);
    this.lines.splice(0, this.lines.length, ...wrapped);
    this.#row = this.lines.length - 1;
    this.columns = columns;
  }
}

describe('screen', () => {
  it('rewrites its frame in place, one write a frame', () => {
    const terminal = new FakeTerminal();
    const screen = new Screen(terminal);
    screen.draw(['head', 'a long row', 'b']);
    screen.draw(['head', 'row']);
    assert.deepEqual(terminal.lines, ['head', 'row', '']);
    assert.equal(terminal.writes, 2);
  });

  it('leaves the last row to the cursor, so that no frame scrolls', () => {
    const terminal = new FakeTerminal();
    terminal.rows = 3;
    const screen = new Screen(terminal);
    screen.draw(['head', 'a', 'b', 'c']);
    assert.equal(screen.size.rows, 2);
    assert.deepEqual(terminal.lines, ['head', 'a', '']);
  });

  it('leaves nothing of the frame beside a log line that wraps', () => {
    const terminal = new FakeTerminal();
    const screen = new Screen(terminal);
    screen.draw(['head', 'a row of many words', 'another row of many words']);
    screen.log(`${'long '.repeat(10)}end\n`);
    const wrapped = ['long '.repeat(8), `${'long '.repeat(2)}end`];
    assert.deepEqual(terminal.lines, [...wrapped, 'head', 'a row of many words', 'another row of many words', '']);
  });

  it('lets log lines scroll by above it, and loses none', () => {
    const terminal = new FakeTerminal();
    const screen = new Screen(terminal);
    screen.log('before\n');
    screen.draw(['head', 'row']);
    screen.log('one\ntwo\n');
    screen.draw(['head', 'row 2']);
    assert.deepEqual(terminal.lines, ['before', 'one', 'two', 'head', 'row 2', '']);
  });

  it('leaves the cursor alone while there is no frame, and draws below what others wrote after a pause', () => {
    const terminal = new FakeTerminal();
    const screen = new Screen(terminal);
    screen.log('before\n');
    assert.equal(terminal.cursorShown, true);
    screen.draw(['head']);
    screen.pause();
    assert.equal(terminal.cursorShown, true);
    terminal.write('$ fg\r\n');
    screen.draw(['head']);
    assert.deepEqual(terminal.lines, ['before', 'head', '$ fg', 'head', '']);
  });

  it('leaves nothing behind on a terminal made narrower', () => {
    const terminal = new FakeTerminal();
    const screen = new Screen(terminal);
    screen.draw(['0123456789012345678901234567', 'row']);
    terminal.narrow(10);
    screen.draw(['0123', 'row']);
    assert.deepEqual(terminal.lines, ['0123', 'row', '']);
  });

  it('gives the cursor back once, leaves the last frame, and then only passes on', () => {
    const terminal = new FakeTerminal();
    const screen = new Screen(terminal);
    screen.draw(['head']);
    assert.equal(terminal.cursorShown, false);
    screen.close();
    screen.close();
    screen.draw(['never']);
    screen.log('bye');
    assert.equal(terminal.cursorShown, true);
    assert.deepEqual(terminal.lines, ['head', 'bye']);
    assert.equal(terminal.writes, 3);
  });
});
