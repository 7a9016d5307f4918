import type { SyntaxNode } from '@lezer/common';
import type { Operator } from './ast.ts';
import { whyOutside } from './convert.ts';
import { PromqlFault } from './fault.ts';
import { durationMs, parseNumber } from './literal.ts';
import { type Clause, readClause } from './matching.ts';

export type OperatorItem = { what: 'operator'; operator: Operator; bool: boolean; clause: Clause | null; from: number };
export type Item =
  | { what: 'operand'; node: SyntaxNode }
  | { what: 'sign'; minus: boolean; from: number }
  | { what: 'range' | 'offset'; ms: number; from: number }
  | OperatorItem;

/**
 * Operands, operators and what follows an operand, in the order of the text. The grammar nests `a + b offset 5m` and
 * `-1 ^ 2` otherwise than Prometheus's own parser does, so its nesting of these is not used.
 */
export function flatten(node: SyntaxNode, text: string): Item[] {
  switch (node.name) {
    case 'BinaryExpr':
      return binary(node, text);
    case 'UnaryExpr':
      return [sign(node.firstChild!, text), ...flatten(node.lastChild!, text)];
    case 'OffsetExpr':
      return [...inner(node, text), { what: 'offset', ms: duration(node.lastChild!, text), from: node.from }];
    case 'MatrixSelector':
      return [...inner(node, text), range(node, text)];
    case 'NumberDurationLiteral': {
      const signed = /^[-+]/.test(text.slice(node.from, node.to));
      const operand = { what: 'operand', node } as const;
      return signed ? [sign(node, text), operand] : [operand];
    }
    default:
      return [{ what: 'operand', node }];
  }
}

function inner(node: SyntaxNode, text: string): Item[] {
  return flatten(node.getChild('Expr')!, text);
}

function sign(node: SyntaxNode, text: string): Item {
  return { what: 'sign', minus: text[node.from] === '-', from: node.from };
}

function binary(node: SyntaxNode, text: string): Item[] {
  const [left, right] = node.getChildren('Expr') as [SyntaxNode, SyntaxNode];
  const token = left.nextSibling!;
  const operator = text.slice(token.from, token.to).toLowerCase() as Operator;
  if (token.name === 'Atan2' || token.name.startsWith('Trim'))
    throw new PromqlFault(token.from, whyOutside(token.name));
  const fill = node.getChild('FillModifier');
  if (fill) throw new PromqlFault(fill.from, whyOutside('fill'));
  const clause = node.getChild('MatchingModifierClause');
  return [
    ...flatten(left, text),
    {
      what: 'operator',
      operator,
      bool: node.getChild('BoolModifier') !== null,
      clause: clause ? readClause(clause, text) : null,
      from: token.from,
    },
    ...flatten(right, text),
  ];
}

function range(node: SyntaxNode, text: string): Item {
  const expression = node.lastChild!;
  const ms = duration(expression.name === 'DurationExpr' ? expression : node.getChild('DurationExpr')!, text);
  if (ms <= 0) throw new PromqlFault(expression.from, 'a range must be longer than 0');
  return { what: 'range', ms, from: node.from };
}

/** A literal, in milliseconds: "5m", or a number of seconds; an offset may be negative. */
function duration(node: SyntaxNode, text: string): number {
  const found = /^([-+]?)\s*([\w.]+)$/.exec(text.slice(node.from, node.to));
  if (!found || !/^[\d.]/.test(found[2]!)) throw new PromqlFault(node.from, whyOutside('DurationExpr'));
  const ms = durationMs(found[2]!) ?? Math.round(parseNumber(found[2]!, node.from) * 1000);
  return found[1] === '-' ? -ms : ms;
}
