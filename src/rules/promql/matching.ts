import type { SyntaxNode } from '@lezer/common';
import type { Matching } from './ast.ts';
import { labelNames } from './convert.ts';
import { PromqlFault } from './fault.ts';

/** What is written after an operator: on, ignoring, group_left, group_right. */
export type Clause = Matching & { from: number };

export function readClause(node: SyntaxNode, text: string): Clause {
  const [labels, include] = node.getChildren('GroupingLabels');
  const on = node.getChild('On') !== null;
  const names = labelNames(labels!, text);
  const included = include ? labelNames(include, text) : [];
  const both = on ? included.find((name) => names.includes(name)) : undefined;
  if (both !== undefined)
    throw new PromqlFault(include!.from, `label ${both} must not occur in both on and group_left or group_right`);
  const many = node.getChild('GroupLeft') ? 'left' : node.getChild('GroupRight') ? 'right' : 'none';
  return { on, labels: names, many, include: included, from: node.from };
}
