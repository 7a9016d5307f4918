import { createHash } from 'node:crypto';
import { compareBytes } from './order.ts';

export type Label = readonly [name: string, value: string];

export const NAME = '__name__';
const PLAIN_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;
const ESCAPED = /["\\\n]/g;
const ESCAPES: Record<string, string> = { '"': '\\"', '\\': '\\\\', '\n': '\\n' };

type Derived = WeakMap<readonly string[], Labels>;

/** A label set: by name in the order of bytes, no empty value, immutable. */
export class Labels {
  static readonly NONE = new Labels([]);
  readonly pairs: readonly Label[];
  #text: string | undefined;
  #nameless: Labels | undefined;
  /** What was derived from it, by the list of names: an expression asks for the same lists again and again. */
  #kept: Derived | undefined;
  #left: Derived | undefined;

  private constructor(pairs: readonly Label[]) {
    this.pairs = pairs;
  }

  /** The last of equal names counts; an empty value is no label. Lone surrogates become U+FFFD, as UTF-8 has none. */
  static of(entries: Iterable<Label> | Readonly<Record<string, string>>): Labels {
    const list = Symbol.iterator in entries ? (entries as Iterable<Label>) : Object.entries(entries);
    const byName = new Map<string, string>();
    for (const [name, value] of list) byName.set(name.toWellFormed(), value.toWellFormed());
    const pairs = [...byName].filter(([, value]) => value !== '');
    return new Labels(pairs.sort(([a], [b]) => compareBytes(a, b)));
  }

  /** '' where there is none. */
  get(name: string): string {
    for (const pair of this.pairs) if (pair[0] === name) return pair[1];
    return '';
  }

  /** Lists of names are not changed after their first use, here and in `without`. */
  keep(names: readonly string[]): Labels {
    this.#kept ??= new WeakMap();
    return this.#remembered(this.#kept, names, ([name]) => names.includes(name));
  }

  without(names: readonly string[]): Labels {
    this.#left ??= new WeakMap();
    return this.#remembered(this.#left, names, ([name]) => !names.includes(name));
  }

  withoutName(): Labels {
    this.#nameless ??= this.#filtered(([name]) => name !== NAME);
    return this.#nameless;
  }

  /** The others' labels win. */
  with(entries: Iterable<Label>): Labels {
    return Labels.of([...this.pairs, ...entries]);
  }

  /** The same text wherever the same labels are: `{a="b",c="d"}`; also what tells two sets apart. */
  get text(): string {
    this.#text ??= `{${this.pairs.map(written).join(',')}}`;
    return this.#text;
  }

  /** 64 bits of SHA-256 over the text's UTF-8 bytes, in hex. */
  get hash(): string {
    return createHash('sha256').update(this.text, 'utf8').digest('hex').slice(0, 16);
  }

  /** As Prometheus writes a series: `up{job="a"}`. */
  get series(): string {
    const name = this.get(NAME);
    if (name === '') return this.text;
    const rest = this.withoutName();
    return rest.pairs.length === 0 ? name : `${name}${rest.text}`;
  }

  #remembered(known: Derived, names: readonly string[], keep: (pair: Label) => boolean): Labels {
    const before = known.get(names);
    if (before) return before;
    const labels = this.#filtered(keep);
    known.set(names, labels);
    return labels;
  }

  #filtered(keep: (pair: Label) => boolean): Labels {
    const pairs = this.pairs.filter(keep);
    return pairs.length === this.pairs.length ? this : new Labels(pairs);
  }
}

/** As Prometheus orders series. */
export function compareLabels(a: Labels, b: Labels): number {
  const length = Math.min(a.pairs.length, b.pairs.length);
  for (let i = 0; i < length; i++) {
    const [x, y] = [a.pairs[i]!, b.pairs[i]!];
    const order = compareBytes(x[0], y[0]) || compareBytes(x[1], y[1]);
    if (order !== 0) return order;
  }
  return a.pairs.length - b.pairs.length;
}

function written([name, value]: Label): string {
  return `${PLAIN_NAME.test(name) ? name : quoted(name)}=${quoted(value)}`;
}

function quoted(text: string): string {
  return `"${text.replace(ESCAPED, (found) => ESCAPES[found]!)}"`;
}
