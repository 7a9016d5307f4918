import { NAME } from './labels.ts';
import { children, type Node } from './promql/ast.ts';
import { LOOKBACK_MS } from './promql/evaluate.ts';
import type { RuleGroup } from './rule.ts';

/** What the rules look at; `names` is null where a selector has no name of its own, so that any metric may be meant. */
export type Needs = { keepMs: number; names: ReadonlySet<string> | null };

/** How far back an expression looks for more than the newest sample: its longest range and offset together. */
export function lookMs(expression: Node): number {
  const own = expression.kind === 'selector' ? (expression.rangeMs ?? 0) + expression.offsetMs : 0;
  return Math.max(own, ...children(expression).map(lookMs));
}

export function needsOf(groups: readonly RuleGroup[]): Needs {
  let keepMs = LOOKBACK_MS;
  let anyName = false;
  const names = new Set<string>();
  const visit = (node: Node): void => {
    if (node.kind === 'selector') {
      keepMs = Math.max(keepMs, (node.rangeMs ?? LOOKBACK_MS) + node.offsetMs);
      const name = node.matchers.find((matcher) => matcher.name === NAME && matcher.type === '=');
      if (name) names.add(name.value);
      else anyName = true;
    }
    for (const child of children(node)) visit(child);
  };
  for (const { rules } of groups) for (const { expression } of rules) visit(expression);
  return { keepMs, names: anyName ? null : names };
}
