import type { SyntaxNode } from '@lezer/common';
import { parser } from '@prometheus-io/lezer-promql';
import { children, type Node } from './ast.ts';
import { aggregateNode, callNode, numberNode, selectorNode, stringNode, whyOutside } from './convert.ts';
import { PromqlFault } from './fault.ts';
import { flatten } from './flatten.ts';
import { climb } from './precedence.ts';

/** Levels of the tree: evaluation goes down them, and the stack has an end. */
const DEPTH_MAX = 500;
const CHARACTERS_MAX = 20_000;

/** An expression of the subset, with its types checked. @throws PromqlFault */
export function parsePromql(text: string): Node {
  if (text.length > CHARACTERS_MAX) throw new PromqlFault(0, `longer than ${CHARACTERS_MAX} characters`);
  try {
    const node = parseWhole(text);
    if (depth(node) <= DEPTH_MAX) return node;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error; // the stack ended
  }
  throw new PromqlFault(0, `more than ${DEPTH_MAX} levels: record parts by rules of their own`);
}

function depth(node: Node): number {
  return 1 + children(node).reduce((most, child) => Math.max(most, depth(child)), 0);
}

function parseWhole(text: string): Node {
  const tree = parser.parse(text);
  refuseErrors(tree.topNode, text);
  const root = tree.topNode.firstChild;
  const expression = root?.name === 'LineComment' ? expressions(tree.topNode)[0] : root;
  if (!expression) throw new PromqlFault(0, 'no expression');
  return convert(expression, text);
}

function convert(node: SyntaxNode, text: string): Node {
  return climb(flatten(node, text), (operand) => convertOperand(operand, text));
}

function convertOperand(node: SyntaxNode, text: string): Node {
  const inner = (child: SyntaxNode) => convert(child, text);
  switch (node.name) {
    case 'NumberDurationLiteral':
      return numberNode(node, text);
    case 'StringLiteral':
      return stringNode(node, text);
    case 'VectorSelector':
      return selectorNode(node, text);
    case 'ParenExpr':
      return inner(expressions(node)[0]!);
    case 'FunctionCall':
      return callNode(node, text, expressions(node.getChild('FunctionCallBody')!).map(inner));
    case 'AggregateExpr':
      return aggregateNode(node, text, expressions(node.getChild('FunctionCallBody')!).map(inner));
    default:
      throw new PromqlFault(node.from, whyOutside(node.name));
  }
}

function expressions(node: SyntaxNode): SyntaxNode[] {
  return node.getChildren('Expr');
}

/** The grammar goes on after a fault; the first one is told. */
function refuseErrors(top: SyntaxNode, text: string): void {
  const cursor = top.cursor();
  do {
    if (!cursor.type.isError) continue;
    throw new PromqlFault(...described(cursor.from, cursor.node, text));
  } while (cursor.next());
}

function described(from: number, node: SyntaxNode, text: string): [number, string] {
  const before = /([a-zA-Z_]\w*)\s*$/.exec(text.slice(0, from));
  if (before && text[from] === '(') return [from - before[0].length, `unknown function ${before[1]}`];
  const found = /^\s*(\w+|\S)/.exec(text.slice(from));
  if (!found) return [from, text.trim() === '' ? 'no expression' : 'the expression ends too early'];
  const at = from + found[0].length - found[1]!.length;
  const inside = node.parent && node.parent.name !== 'PromQL' ? ` in ${node.parent.name}` : '';
  return [at, `unexpected ${JSON.stringify(found[1])}${inside}`];
}
