import { type Label, NAME } from '../labels.ts';
import { EvaluationFault } from '../promql/fault.ts';
import { requireDistinct, type Sample } from '../promql/sample.ts';
import type { RecordRule } from '../rule.ts';

/** The samples under the rule's name and labels. @throws EvaluationFault */
export function recorded(rule: RecordRule, samples: readonly Sample[], limit: number): Sample[] {
  const own: Label[] = [[NAME, rule.name], ...rule.labels];
  const named = samples.map(({ labels, value }) => ({ labels: labels.with(own), value }));
  requireDistinct(named, 'vector contains metrics with the same labelset after applying rule labels');
  if (limit > 0 && named.length > limit)
    throw new EvaluationFault(`exceeded limit of ${limit} with ${named.length} series`);
  return named;
}
