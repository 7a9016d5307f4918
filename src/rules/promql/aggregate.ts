import type { Labels } from '../labels.ts';
import type { AggregateNode } from './ast.ts';
import { EvaluationFault } from './fault.ts';
import type { Sample } from './sample.ts';
import { meanOf, nanFirst, pick, quantileOf, sumOf, varianceOf } from './sums.ts';

type Group = { labels: Labels; samples: Sample[] };

const OF_GROUP: Readonly<Record<string, (values: number[], parameter: number) => number>> = {
  sum: (values) => sumOf(values),
  avg: (values) => meanOf(values),
  min: (values) => pick(values, values.length, (a, b) => a < b),
  max: (values) => pick(values, values.length, (a, b) => a > b),
  count: (values) => values.length,
  group: () => 1,
  stddev: (values) => Math.sqrt(variance(values)),
  stdvar: (values) => variance(values),
  quantile: (values, q) => quantileOf(q, values),
};

/** @throws EvaluationFault for a number of topk that is none */
export function aggregate(node: AggregateNode, samples: readonly Sample[], parameter: number): Sample[] {
  const groups = grouped(node, samples);
  if (node.name === 'topk' || node.name === 'bottomk') {
    const most = wholeNumber(parameter);
    return groups.flatMap((group) => extremes(group.samples, most, node.name === 'topk'));
  }
  const of = OF_GROUP[node.name]!;
  return groups.map((group) => ({
    labels: group.labels,
    value: of(
      group.samples.map(({ value }) => value),
      parameter,
    ),
  }));
}

function grouped({ without, labels: names }: AggregateNode, samples: readonly Sample[]): Group[] {
  const groups = new Map<string, Group>();
  for (const sample of samples) {
    const labels = without ? sample.labels.withoutName().without(names) : sample.labels.keep(names);
    const group = groups.get(labels.text);
    if (group) group.samples.push(sample);
    else groups.set(labels.text, { labels, samples: [sample] });
  }
  return [...groups.values()];
}

function wholeNumber(parameter: number): number {
  if (!(Math.abs(parameter) <= 2 ** 63)) throw new EvaluationFault(`Scalar value ${parameter} overflows int64`);
  return Math.max(0, Math.trunc(parameter));
}

/** NaN is farthest from both ends. Of equal ones the first stays. */
function extremes(samples: readonly Sample[], most: number, largest: boolean): Sample[] {
  const key = ({ value }: Sample) => (largest ? -value : value);
  const byValue = (a: Sample, b: Sample) => {
    const missing = Number(Number.isNaN(a.value)) - Number(Number.isNaN(b.value));
    return missing !== 0 ? missing : nanFirst(key(a), key(b));
  };
  return samples.toSorted(byValue).slice(0, most);
}

/** An infinity among several values has no distance to their mean; alone it has none either. */
function variance(values: number[]): number {
  return values.every(Number.isFinite) ? varianceOf(values) : Number.NaN;
}
