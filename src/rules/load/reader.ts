import {
  type Document,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  type Scalar,
  type YAMLMap,
} from 'yaml';
import type { Fault } from '../../config/config.ts';
import { unknownKey } from '../../config/spell.ts';
import { durationMs } from '../promql/literal.ts';
import { offsetIn } from './place.ts';

export type Entries = ReadonlyMap<string, { key: Node; value: Node | null }>;

/** A YAML file with the faults found in it, each with its place. */
export class Reader {
  readonly faults: Fault[] = [];
  readonly #file: string;
  readonly #source: string;
  readonly #lines = new LineCounter();
  readonly #document: Document;

  constructor(source: string, file: string) {
    this.#file = file;
    this.#source = source;
    this.#document = parseDocument(source, { lineCounter: this.#lines, prettyErrors: false });
    for (const error of [...this.#document.errors, ...this.#document.warnings])
      this.#add(error.pos[0], error.message.split('\n')[0]!);
  }

  get root(): Node | null {
    return this.#document.contents;
  }

  line(node: Node): number {
    return this.#lines.linePos(node.range?.[0] ?? 0).line;
  }

  fault(node: Node, message: string): void {
    this.#add(node.range?.[0] ?? 0, message);
  }

  /** `from` is an offset in the scalar's value. */
  faultIn(node: Scalar, from: number, message: string): void {
    this.#add(offsetIn(this.#source, node, from), message);
  }

  /** Null where it is no mapping. A key that is not known is a fault. */
  entries(given: Node | null, what: string, known: readonly string[] | null): Entries | null {
    const node = given && this.#resolved(given);
    if (!isMap(node)) {
      this.fault(given ?? this.root!, `${what}: expected a mapping`);
      return null;
    }
    return new Map(
      (node as YAMLMap<Node, Node | null>).items.map(({ key, value }) => [this.#key(key, known), { key, value }]),
    );
  }

  #key(key: Node, known: readonly string[] | null): string {
    const name = isScalar(key) ? String(key.value) : '';
    if (known && !known.includes(name)) this.fault(key, unknownKey(name, known));
    return name;
  }

  /** Nothing counts as an empty list. */
  list(given: Node | null, what: string, around: Node): Node[] {
    const node = given && this.#resolved(given);
    if (isSeq(node)) return node.items as Node[];
    if (node === null || (isScalar(node) && node.value === null)) return [];
    this.fault(node ?? around, `${what}: expected a list`);
    return [];
  }

  /** Numbers and the like count as their text, as in Prometheus. Null where it is no scalar. */
  scalar(node: Node | null | undefined, what: string): (Scalar & { value: string }) | null {
    const resolved = node && this.#resolved(node);
    if (!isScalar(resolved)) {
      if (node) this.fault(node, `${what}: expected text`);
      return null;
    }
    if (typeof resolved.value !== 'string')
      resolved.value = resolved.value === null ? '' : (resolved.source ?? String(resolved.value));
    return resolved as Scalar & { value: string };
  }

  /** Milliseconds. */
  duration(node: Node | null | undefined, what: string): number | null {
    const scalar = this.scalar(node, what);
    if (!scalar) return null;
    const ms = scalar.value === '0' ? 0 : durationMs(scalar.value);
    if (ms === null) this.fault(scalar, `${what}: expected a duration such as 5m, got ${JSON.stringify(scalar.value)}`);
    return ms;
  }

  wholeNumber(node: Node | null | undefined, what: string): number | null {
    const scalar = this.scalar(node, what);
    if (!scalar) return null;
    if (/^\d{1,15}$/.test(scalar.value)) return Number(scalar.value);
    this.fault(scalar, `${what}: expected a whole number, got ${JSON.stringify(scalar.value)}`);
    return null;
  }

  /** An alias stands for its anchor. */
  #resolved(node: Node): Node {
    const target = 'resolve' in node ? node.resolve(this.#document) : node;
    return (target as Node | undefined) ?? node;
  }

  #add(offset: number, message: string): void {
    const { line, col } = this.#lines.linePos(offset);
    this.faults.push({ file: this.#file, line: Math.max(line, 1), column: Math.max(col, 1), message });
  }
}
