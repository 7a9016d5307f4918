import type { Label, Labels } from '../labels.ts';
import { holds, operate } from './arithmetic.ts';
import { type BinaryNode, COMPARISONS, type Matching } from './ast.ts';
import { EvaluationFault } from './fault.ts';
import type { Sample } from './sample.ts';

function isComparison(node: BinaryNode): boolean {
  return COMPARISONS.some((each) => each === node.operator);
}

/** A vector beside a number; `swapped`: the number is on the left. */
export function withScalar(node: BinaryNode, samples: readonly Sample[], scalar: number, swapped: boolean): Sample[] {
  const filters = isComparison(node) && !node.bool;
  return samples.flatMap(({ labels, value }) => {
    const left = swapped ? scalar : value;
    const right = swapped ? value : scalar;
    if (filters) return holds(node.operator, left, right) ? [{ labels, value }] : [];
    return [{ labels: labels.withoutName(), value: resultOf(node, left, right)! }];
  });
}

/** Null: the comparison does not hold. */
function resultOf({ operator, bool }: BinaryNode, left: number, right: number): number | null {
  return bool ? Number(holds(operator, left, right)) : operate(operator, left, right);
}

function groupLabels(labels: Labels, { on, labels: names }: Matching): Labels {
  return on ? labels.keep(names) : labels.withoutName().without(names);
}

export function setOperation(node: BinaryNode, left: Sample[], right: Sample[]): Sample[] {
  const key = ({ labels }: Sample) => groupLabels(labels, node.matching!).text;
  const keys = (samples: Sample[]) => new Set(samples.map(key));
  if (node.operator === 'or') {
    if (left.length === 0 || right.length === 0) return [...left, ...right];
    const there = keys(left);
    return [...left, ...right.filter((sample) => !there.has(key(sample)))];
  }
  const there = keys(right);
  return left.filter((sample) => there.has(key(sample)) === (node.operator === 'and'));
}

/** Pairs of two vectors. @throws EvaluationFault as Prometheus does, where pairs are not clear */
export function withVector(node: BinaryNode, left: Sample[], right: Sample[]): Sample[] {
  if (left.length === 0 || right.length === 0) return [];
  const swapped = node.matching!.many === 'right';
  const [many, one] = swapped ? [right, left] : [left, right];
  const partners = uniquePartners(node.matching!, one);
  const taken = new Map<string, Set<string>>();
  const result: Sample[] = [];
  for (const sample of many) {
    const group = groupLabels(sample.labels, node.matching!).text;
    const partner = partners.get(group);
    if (!partner) continue;
    const value = swapped ? resultOf(node, partner.value, sample.value) : resultOf(node, sample.value, partner.value);
    if (value === null) continue;
    const labels = resultLabels(node, sample.labels, partner.labels);
    takeOnce(node.matching!, taken, group, labels);
    result.push({ labels, value });
  }
  return result;
}

function uniquePartners(matching: Matching, one: Sample[]): Map<string, Sample> {
  const partners = new Map<string, Sample>();
  for (const sample of one) {
    const group = groupLabels(sample.labels, matching);
    const other = partners.get(group.text);
    if (other) {
      const side = matching.many === 'right' ? 'left' : 'right';
      const both = [sample, other].map(({ labels }) => seriesText(labels)).sort();
      throw new EvaluationFault(
        `found duplicate series for the match group ${group.text} on the ${side} hand-side of the operation: ` +
          `[${both.join(', ')}];many-to-many matching not allowed: matching labels must be unique on one side`,
      );
    }
    partners.set(group.text, sample);
  }
  return partners;
}

function seriesText(labels: Labels): string {
  return `{${labels.pairs.map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(', ')}}`;
}

function takeOnce(matching: Matching, taken: Map<string, Set<string>>, group: string, labels: Labels): void {
  const before = taken.get(group);
  if (matching.many === 'none' && before)
    throw new EvaluationFault(
      'multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)',
    );
  if (before?.has(labels.text))
    throw new EvaluationFault('multiple matches for labels: grouping labels must ensure unique matches');
  taken.set(group, (before ?? new Set()).add(labels.text));
}

function resultLabels(node: BinaryNode, many: Labels, one: Labels): Labels {
  const { on, labels: names, many: side, include } = node.matching!;
  const base = isComparison(node) && !node.bool ? many : many.withoutName();
  if (side !== 'none')
    return include.length === 0 ? base : base.with(include.map((name): Label => [name, one.get(name)]));
  return on ? base.keep(names) : base.without(names);
}
