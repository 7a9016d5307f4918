import { type BinaryNode, COMPARISONS, type Matching, type Node, SETS, type ValueType } from './ast.ts';
import { PromqlFault } from './fault.ts';
import type { OperatorItem } from './flatten.ts';
import { SIGNATURES } from './signatures.ts';

const NAMES: Record<ValueType, string> = {
  scalar: 'a number',
  vector: 'an instant vector',
  matrix: 'a range vector',
  string: 'a string',
};

/** @throws PromqlFault where it is of another type */
export function requireType(node: Node, type: ValueType, by: string): Node {
  if (node.type === type) return node;
  throw new PromqlFault(node.from, `${by} expects ${NAMES[type]} here, got ${NAMES[node.type]}`);
}

export function checkCall(name: string, args: readonly Node[], from: number): Node {
  const signature = SIGNATURES[name];
  if (!signature) {
    const known = Object.keys(SIGNATURES).join(', ');
    throw new PromqlFault(from, `the function ${name} is outside the subset; allowed: ${known}`);
  }
  const most = signature.args.length;
  const least = most - signature.optional;
  if (args.length < least || args.length > most) {
    const wanted = least === most ? `${most}` : `${least} to ${most}`;
    throw new PromqlFault(from, `${name} takes ${wanted} arguments, not ${args.length}`);
  }
  for (const [i, arg] of args.entries()) requireType(arg, signature.args[i]!, name);
  return { kind: 'call', type: signature.returns, from, name, args };
}

export function minusNode(from: number, operand: Node): Node {
  plusNode(from, operand);
  if (operand.kind === 'number') return { ...operand, from, value: -operand.value };
  return { kind: 'minus', type: operand.type, from, operand };
}

export function plusNode(from: number, operand: Node): Node {
  if (operand.type === 'scalar' || operand.type === 'vector') return operand;
  throw new PromqlFault(from, `a sign needs a number or an instant vector, got ${NAMES[operand.type]}`);
}

export function binaryNode(item: OperatorItem, left: Node, right: Node): BinaryNode {
  const { operator, bool, clause, from } = item;
  for (const side of [left, right])
    if (side.type !== 'scalar' && side.type !== 'vector')
      throw new PromqlFault(side.from, `${operator} needs a number or an instant vector, got ${NAMES[side.type]}`);
  const vectors = left.type === 'vector' && right.type === 'vector';
  const scalars = left.type === 'scalar' && right.type === 'scalar';
  const comparison = COMPARISONS.some((each) => each === operator);
  const set = SETS.some((each) => each === operator);
  if (bool && !comparison) throw new PromqlFault(from, 'bool stands after a comparison only');
  if (comparison && scalars && !bool) throw new PromqlFault(from, 'between two numbers a comparison needs bool');
  if (set && !vectors) throw new PromqlFault(from, `${operator} needs instant vectors on both sides`);
  if (clause && !vectors) throw new PromqlFault(clause.from, 'on and ignoring stand between instant vectors only');
  if (set && clause && clause.many !== 'none') throw new PromqlFault(clause.from, `no grouping for ${operator}`);
  const base = clause ?? { on: false, labels: [], many: 'none', include: [] };
  const matching: Matching | null = vectors ? { ...base, many: set ? 'both' : base.many } : null;
  const type = scalars ? 'scalar' : 'vector';
  return { kind: 'binary', type, from: left.from, operator, bool, matching, left, right };
}
