import type { SyntaxNode } from '@lezer/common';
import { NAME } from '../labels.ts';
import { AGGREGATES, type Node, type SelectorNode, WITH_PARAMETER } from './ast.ts';
import { checkCall, requireType } from './check.ts';
import { PromqlFault } from './fault.ts';
import { parseNumber, parseString } from './literal.ts';
import { labelMatcher, type Matcher, type MatchType } from './matcher.ts';

const OUTSIDE: Record<string, string> = {
  SubqueryExpr: 'subqueries are outside the subset: record the inner expression by a rule of its own',
  StepInvariantExpr: 'the @ modifier is outside the subset: use offset',
  DurationExpr: 'a duration here is a literal, such as 5m, 1h30m or a number of seconds',
  Atan2: 'atan2 is outside the subset; allowed: + - * / % ^ == != > < >= <= and or unless',
  fill: 'fill modifiers are outside the subset: use "or"',
};

/** Why something that Prometheus's grammar has is refused. */
export function whyOutside(name: string): string {
  return OUTSIDE[name] ?? `${name.replace(/Expr$/, '').toLowerCase()} is outside the subset of docs/rules.md`;
}

export function numberNode(node: SyntaxNode, text: string): Node {
  const unsigned = text.slice(node.from, node.to).replace(/^[-+]\s*/, '');
  return { kind: 'number', type: 'scalar', from: node.from, value: parseNumber(unsigned, node.from) };
}

export function stringNode(node: SyntaxNode, text: string): Node {
  const value = parseString(text.slice(node.from, node.to), node.from);
  return { kind: 'string', type: 'string', from: node.from, value };
}

export function selectorNode(node: SyntaxNode, text: string): SelectorNode {
  const identifier = node.getChild('Identifier');
  const list = node.getChild('LabelMatchers');
  const matchers = list ? readMatchers(list, text) : [];
  const name = identifier ? text.slice(identifier.from, identifier.to) : null;
  const named = matchers.find((matcher) => matcher.name === NAME && matcher.type === '=');
  if (name !== null && named) throw new PromqlFault(list!.from, `the name is set twice: ${name} and ${named.value}`);
  if (name !== null) matchers.unshift(labelMatcher(NAME, '=', name));
  if (!matchers.some((matcher) => !matcher.test('')))
    throw new PromqlFault(node.from, 'a selector needs a name, or a matcher that does not match the empty text');
  return { kind: 'selector', type: 'vector', from: node.from, matchers, offsetMs: 0, rangeMs: null };
}

function readMatchers(list: SyntaxNode, text: string): Matcher[] {
  const found: Matcher[] = [];
  for (let node = list.firstChild; node; node = node.nextSibling) {
    if (node.name === 'QuotedLabelName') found.push(labelMatcher(NAME, '=', quoted(node, text)));
    else if (node.name.endsWith('LabelMatcher')) found.push(readMatcher(node, text));
  }
  return found;
}

function readMatcher(node: SyntaxNode, text: string): Matcher {
  const label = node.firstChild!;
  const name = label.name === 'QuotedLabelName' ? quoted(label, text) : text.slice(label.from, label.to);
  const operator = node.getChild('MatchOp')!;
  const value = node.getChild('StringLiteral')!;
  const type = text.slice(operator.from, operator.to) as MatchType;
  const wanted = quoted(value, text);
  try {
    return labelMatcher(name, type, wanted);
  } catch (error) {
    throw new PromqlFault(value.from, (error as Error).message);
  }
}

export function labelNames(node: SyntaxNode, text: string): string[] {
  const plain = (each: SyntaxNode) => text.slice(each.from, each.to);
  const names: string[] = [];
  for (let each = node.firstChild; each; each = each.nextSibling) {
    if (each.name === 'LabelName') names.push(plain(each));
    if (each.name === 'QuotedLabelName') names.push(quoted(each, text));
  }
  return names;
}

function quoted(node: SyntaxNode, text: string): string {
  return parseString(text.slice(node.from, node.to), node.from);
}

export function callNode(node: SyntaxNode, text: string, args: Node[]): Node {
  const identifier = node.getChild('FunctionIdentifier')!;
  return checkCall(text.slice(identifier.from, identifier.to), args, node.from);
}

export function aggregateNode(node: SyntaxNode, text: string, args: Node[]): Node {
  const token = node.getChild('AggregateOp')!;
  const name = text.slice(token.from, token.to).toLowerCase();
  if (!AGGREGATES.some((each) => each === name))
    throw new PromqlFault(node.from, `${name} is outside the subset; allowed: ${AGGREGATES.join(', ')}`);
  const wanted = WITH_PARAMETER.includes(name) ? 2 : 1;
  if (args.length !== wanted) throw new PromqlFault(node.from, `${name} takes ${wanted} arguments, not ${args.length}`);
  const modifier = node.getChild('AggregateModifier');
  const labels = modifier ? labelNames(modifier.getChild('GroupingLabels')!, text) : [];
  const without = modifier?.getChild('Without') != null;
  const operand = requireType(args.at(-1)!, 'vector', name);
  const parameter = wanted === 2 ? requireType(args[0]!, 'scalar', name) : null;
  return { kind: 'aggregate', type: 'vector', from: node.from, name, parameter, operand, without, labels };
}
