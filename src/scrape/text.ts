import { printable } from '../decode/printable.ts';
import { Family, numberOf } from './family.ts';
import { ScrapeFault } from './fault.ts';
import type { RawSamples } from './raw.ts';

/** Bytes of a line that has not ended; lines of real targets have some hundred. */
const LINE_MAX = 64 * 1024;

const NAME = '[a-zA-Z_:][\\w:]*';
const LABELS = '\\{[^"}\\n]*(?:"[^"\\\\\\n]*(?:\\\\[^\\n][^"\\\\\\n]*)*"[^"}\\n]*)*\\}';
const NUMBER = '[-+]?(?:\\.?\\d[\\w.+-]*|[iI][nN][fF]\\w*|[nN][aA][nN])';
const BLANKS = '[ \\t]*';
const SERIES = `(?:${NAME}(?:${BLANKS}${LABELS}${BLANKS}|[ \\t]+)|${LABELS}${BLANKS})`;
/**
 * One line with its end: a sample with what may follow its value (a time, an exemplar), a comment, or nothing. Each
 * character fits one branch only, so that a hostile line costs time in proportion to its length.
 */
const LINE = new RegExp(`${BLANKS}(?:${SERIES}${NUMBER}(?:[ \\t]+${NUMBER})?${BLANKS}(?:#[^\\n]*)?|#[^\\n]*)?\\n`, 'y');
const SAMPLE = new RegExp(`(${NAME})${BLANKS}(${LABELS})?${BLANKS}(${NUMBER})`, 'y');
const TYPE = /#[ \t]+TYPE[ \t]+([\w:]+)[ \t]+(\w+)/y;

/**
 * Prometheus's text format 0.0.4 and OpenMetrics' text, as they come in. Every line is checked; only the wanted
 * metrics are kept.
 */
export class TextParser {
  readonly #families: readonly Family[];
  readonly #contentType: string;
  readonly #raw: RawSamples | null;
  #rest = '';
  #lines = 0;
  #closed = false;

  /** `contentType`: the answer's header; '' where it has none. `raw` takes samples as they are. */
  constructor(wanted: Iterable<string>, contentType: string, raw: RawSamples | null = null) {
    this.#raw = raw;
    this.#families = [...wanted].map((key) => new Family(key));
    this.#contentType = contentType;
  }

  /** Takes the next bytes. @throws ScrapeFault */
  push(bytes: Buffer): void {
    const piece = bytes.toString('latin1'); // names and numbers are ASCII; labels are only compared
    this.#rest += piece;
    if (piece.includes('\n')) this.#rest = this.#rest.slice(this.#take(this.#rest));
    if (this.#rest.length > LINE_MAX) throw this.#fault('is longer than 64 KiB');
  }

  /**
   * By each wanted metric, those that were not sent too. `whole`: HTTP says that nothing is missing; else
   * the last line must have its end. @throws ScrapeFault
   */
  end(whole: boolean): ReadonlyMap<string, Family> {
    if (this.#rest !== '' && !whole) throw this.#fault('is cut');
    if (this.#rest !== '') this.#take(`${this.#rest}\n`);
    if (this.#contentType.startsWith('application/openmetrics-text') && !this.#closed)
      throw new ScrapeFault('cut: OpenMetrics ends with # EOF');
    return new Map(this.#families.map((family) => [family.key, family]));
  }

  /** Takes the whole lines; returns where they end. */
  #take(text: string): number {
    for (let at = 0; ; at = LINE.lastIndex) {
      LINE.lastIndex = at;
      if (!LINE.test(text)) {
        if (text.includes('\n', at)) throw this.#fault();
        return at;
      }
      this.#lines++;
      this.#takeLine(text, skipBlanks(text, at));
    }
  }

  #takeLine(text: string, at: number): void {
    if (text[at] === '#') this.#takeComment(text, at);
    else {
      for (const family of this.#families) if (text.startsWith(family.name, at)) this.#takeSample(family, text, at);
      if (this.#raw?.wants(text, at)) this.#takeSample(this.#raw, text, at);
    }
  }

  #takeComment(text: string, at: number): void {
    this.#closed = text.startsWith('# EOF', at);
    TYPE.lastIndex = at;
    const found = TYPE.exec(text);
    const family = found && this.#families.find(({ name }) => name === found[1]);
    if (family) family.type = found[2]!;
  }

  #takeSample(into: Pick<Family, 'add'>, text: string, at: number): void {
    SAMPLE.lastIndex = at;
    const [, name, labels = '', number] = SAMPLE.exec(text)!;
    into.add(name!, labels, numberOf(number!));
  }

  #fault(what = ''): ScrapeFault {
    const type = this.#contentType === '' ? '' : ` (${printable(this.#contentType)})`;
    return new ScrapeFault(`not Prometheus text${type}: line ${this.#lines + 1}${what && ` ${what}`}`);
  }
}

function skipBlanks(text: string, at: number): number {
  let start = at;
  while (text[start] === ' ' || text[start] === '\t') start++;
  return start;
}
