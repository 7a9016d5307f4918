import type { Matcher } from './matcher.ts';

export type ValueType = 'scalar' | 'vector' | 'matrix' | 'string';

export const ARITHMETIC = ['+', '-', '*', '/', '%', '^'] as const;
export const COMPARISONS = ['==', '!=', '>', '<', '>=', '<='] as const;
export const SETS = ['and', 'or', 'unless'] as const;
export type Operator = (typeof ARITHMETIC)[number] | (typeof COMPARISONS)[number] | (typeof SETS)[number];

export const AGGREGATES = [
  ...['sum', 'avg', 'min', 'max', 'count', 'group', 'stddev', 'stdvar'],
  ...['topk', 'bottomk', 'quantile'],
] as const;
/** Of these the first argument is a number. */
export const WITH_PARAMETER: readonly string[] = ['topk', 'bottomk', 'quantile'];

/** Which samples of two sides belong together. */
export type Matching = {
  on: boolean;
  labels: readonly string[];
  /** The side that may have several for one of the other. */
  many: 'none' | 'left' | 'right' | 'both';
  include: readonly string[];
};

type Place = { from: number; type: ValueType };

export type NumberNode = Place & { kind: 'number'; value: number };
export type StringNode = Place & { kind: 'string'; value: string };
/** `rangeMs`: null for an instant selector. */
export type SelectorNode = Place & {
  kind: 'selector';
  matchers: readonly Matcher[];
  offsetMs: number;
  rangeMs: number | null;
};
export type CallNode = Place & { kind: 'call'; name: string; args: readonly Node[] };
export type AggregateNode = Place & {
  kind: 'aggregate';
  name: string;
  parameter: Node | null;
  operand: Node;
  without: boolean;
  labels: readonly string[];
};
/** `matching` is null where a side is a scalar. */
export type BinaryNode = Place & {
  kind: 'binary';
  operator: Operator;
  bool: boolean;
  matching: Matching | null;
  left: Node;
  right: Node;
};
export type MinusNode = Place & { kind: 'minus'; operand: Node };
export type Node = NumberNode | StringNode | SelectorNode | CallNode | AggregateNode | BinaryNode | MinusNode;

export function children(node: Node): readonly Node[] {
  switch (node.kind) {
    case 'call':
      return node.args;
    case 'aggregate':
      return node.parameter ? [node.parameter, node.operand] : [node.operand];
    case 'binary':
      return [node.left, node.right];
    case 'minus':
      return [node.operand];
    default:
      return [];
  }
}
