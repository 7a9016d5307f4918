import type { SyntaxNode } from '@lezer/common';
import type { Node, Operator } from './ast.ts';
import { binaryNode, minusNode, plusNode } from './check.ts';
import { PromqlFault } from './fault.ts';
import type { Item, OperatorItem } from './flatten.ts';

const LEVELS: Record<Operator, number> = {
  ...{ or: 1, and: 2, unless: 2, '==': 3, '!=': 3, '>': 3, '<': 3, '>=': 3, '<=': 3 },
  ...{ '+': 4, '-': 4, '*': 5, '/': 5, '%': 5, '^': 6 },
};
/** A sign binds as * does: -2 ^ 2 is -4. */
const UNDER_SIGN = LEVELS['^'];

/** Items to a tree, with Prometheus's precedence; ^ is the one that groups from the right. */
export function climb(items: readonly Item[], operand: (node: SyntaxNode) => Node): Node {
  return new Climber(items, operand).from(1);
}

class Climber {
  readonly #items: readonly Item[];
  readonly #operand: (node: SyntaxNode) => Node;
  #at = 0;

  constructor(items: readonly Item[], operand: (node: SyntaxNode) => Node) {
    this.#items = items;
    this.#operand = operand;
  }

  from(level: number): Node {
    let left = this.#signed();
    for (let next = this.#operator(level); next; next = this.#operator(level)) {
      this.#at++;
      const own = LEVELS[next.operator];
      left = binaryNode(next, left, this.from(next.operator === '^' ? own : own + 1));
    }
    return left;
  }

  #operator(level: number): OperatorItem | null {
    const item = this.#items[this.#at];
    return item?.what === 'operator' && LEVELS[item.operator] >= level ? item : null;
  }

  #signed(): Node {
    const item = this.#items[this.#at++]!;
    if (item.what === 'sign') {
      const operand = this.from(UNDER_SIGN);
      return item.minus ? minusNode(item.from, operand) : plusNode(item.from, operand);
    }
    if (item.what !== 'operand') throw new PromqlFault(item.from, 'a value is missing here');
    return this.#followed(this.#operand(item.node), item.node.name === 'ParenExpr');
  }

  #followed(operand: Node, inParentheses: boolean): Node {
    let node = operand;
    let offset = false;
    for (let item = this.#items[this.#at]; item?.what === 'range' || item?.what === 'offset'; ) {
      if (node.kind !== 'selector' || inParentheses)
        throw new PromqlFault(
          item.from,
          `${item.what === 'range' ? 'a range' : 'offset'} stands after a selector only`,
        );
      if (item.what === 'offset') {
        if (offset) throw new PromqlFault(item.from, 'offset may not be set twice');
        offset = true;
        node = { ...node, offsetMs: item.ms };
      } else {
        if (offset) throw new PromqlFault(item.from, 'offset stands after the range');
        if (node.rangeMs !== null) throw new PromqlFault(item.from, 'two ranges');
        node = { ...node, rangeMs: item.ms, type: 'matrix' };
      }
      item = this.#items[++this.#at];
    }
    return node;
  }
}
