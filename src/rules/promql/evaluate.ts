import { Labels, NAME } from '../labels.ts';
import { Points } from '../store/points.ts';
import type { Series } from '../store/series.ts';
import { aggregate } from './aggregate.ts';
import { operate } from './arithmetic.ts';
import type { BinaryNode, CallNode, Node, SelectorNode } from './ast.ts';
import { setOperation, withScalar, withVector } from './binary.ts';
import { EvaluationFault } from './fault.ts';
import { ARGUMENT_DEFAULT, OF_VALUE } from './functions.ts';
import { histogramQuantile } from './histogram.ts';
import type { Matcher } from './matcher.ts';
import { KEEPS_NAME, OVER_TIME } from './over_time.ts';
import { requireDistinct, SAME_LABELS, type Sample } from './sample.ts';

/** How far back an instant selector looks; the sample at exactly that age is out, as in Prometheus 3. */
export const LOOKBACK_MS = 300_000;

export type Source = { select(matchers: readonly Matcher[]): readonly Series[] };

export type EvaluationLimits = { samplesMax: number };

/** A number or a vector, at one time. @throws EvaluationFault */
export function evaluate(node: Node, timeMs: number, source: Source, limits: EvaluationLimits): number | Sample[] {
  const evaluator = new Evaluator(timeMs, source, limits);
  return node.type === 'scalar' ? evaluator.scalar(node) : evaluator.vector(node);
}

class Evaluator {
  readonly #timeMs: number;
  readonly #source: Source;
  readonly #points = new Points();
  #samplesLeft: number;

  constructor(timeMs: number, source: Source, { samplesMax }: EvaluationLimits) {
    this.#timeMs = timeMs;
    this.#source = source;
    this.#samplesLeft = samplesMax;
  }

  scalar(node: Node): number {
    if (node.kind === 'number') return node.value;
    if (node.kind === 'minus') return -this.scalar(node.operand);
    if (node.kind === 'binary') return this.#scalarBinary(node);
    if (node.kind !== 'call') throw new EvaluationFault(`${node.kind} is no number`);
    if (node.name === 'time') return this.#timeMs / 1000;
    const samples = this.vector(node.args[0]!);
    return samples.length === 1 ? samples[0]!.value : Number.NaN;
  }

  vector(node: Node): Sample[] {
    switch (node.kind) {
      case 'selector':
        return this.#instant(node);
      case 'minus':
        return requireDistinct(
          this.vector(node.operand).map(({ labels, value }) => ({ labels: labels.withoutName(), value: -value })),
          SAME_LABELS,
        );
      case 'binary':
        return requireDistinct(this.#binary(node), SAME_LABELS);
      case 'aggregate':
        return aggregate(node, this.vector(node.operand), node.parameter ? this.scalar(node.parameter) : Number.NaN);
      case 'call':
        return requireDistinct(this.#call(node), SAME_LABELS);
      default:
        throw new EvaluationFault(`${node.kind} is no instant vector`);
    }
  }

  #scalarBinary({ operator, left, right }: BinaryNode): number {
    const [a, b] = [this.scalar(left), this.scalar(right)];
    const value = operate(operator, a, b);
    return /[=<>]/.test(operator) ? Number(value !== null) : value!;
  }

  #binary(node: BinaryNode): Sample[] {
    if (node.left.type === 'scalar') return withScalar(node, this.vector(node.right), this.scalar(node.left), true);
    if (node.right.type === 'scalar') return withScalar(node, this.vector(node.left), this.scalar(node.right), false);
    const [left, right] = [this.vector(node.left), this.vector(node.right)];
    return node.matching!.many === 'both' ? setOperation(node, left, right) : withVector(node, left, right);
  }

  #instant({ matchers, offsetMs }: SelectorNode): Sample[] {
    const atMs = this.#timeMs - offsetMs;
    const samples: Sample[] = [];
    for (const series of this.#source.select(matchers)) {
      const value = series.last(atMs - LOOKBACK_MS, atMs);
      if (value === undefined) continue;
      this.#spend(1);
      samples.push({ labels: series.labels, value });
    }
    return samples;
  }

  #call(node: CallNode): Sample[] {
    const { name, args } = node;
    if (OVER_TIME[name]) return this.#overTime(node);
    if (OF_VALUE[name]) return this.#ofValue(node);
    if (name === 'histogram_quantile') return histogramQuantile(this.scalar(args[0]!), this.vector(args[1]!));
    if (name === 'vector') return [{ labels: Labels.NONE, value: this.scalar(args[0]!) }];
    return this.#there(args[0]!) ? [] : [{ labels: absentLabels(args[0]!), value: 1 }];
  }

  #ofValue({ name, args }: CallNode): Sample[] {
    const samples = this.vector(args[0]!);
    const [first = ARGUMENT_DEFAULT, second = ARGUMENT_DEFAULT] = args.slice(1).map((arg) => this.scalar(arg));
    if (name === 'clamp' && second < first) return [];
    const of = OF_VALUE[name]!;
    return samples.map(({ labels, value }) => ({ labels: labels.withoutName(), value: of(value, first, second) }));
  }

  /** What absent and absent_over_time ask. */
  #there(node: Node): boolean {
    if (node.type === 'vector') return this.vector(node).length > 0;
    const selector = node as SelectorNode;
    const { afterMs, atMs } = this.#window(selector);
    return this.#source.select(selector.matchers).some((series) => {
      series.window(afterMs, atMs, this.#points);
      return this.#points.length > 0;
    });
  }

  #overTime({ name, args }: CallNode): Sample[] {
    const of = OVER_TIME[name]!;
    const selector = args.at(-1) as SelectorNode;
    const parameter = args.length === 2 ? this.scalar(args[0]!) : Number.NaN;
    const window = this.#window(selector);
    const samples: Sample[] = [];
    for (const series of this.#source.select(selector.matchers)) {
      series.window(window.afterMs, window.atMs, this.#points);
      if (this.#points.length === 0) continue;
      this.#spend(this.#points.length);
      const value = of(this.#points, window, parameter);
      const labels = name === KEEPS_NAME ? series.labels : series.labels.withoutName();
      if (value !== undefined) samples.push({ labels, value });
    }
    return samples;
  }

  #window({ offsetMs, rangeMs }: SelectorNode): { afterMs: number; atMs: number } {
    const atMs = this.#timeMs - offsetMs;
    return { afterMs: atMs - rangeMs!, atMs };
  }

  #spend(samples: number): void {
    this.#samplesLeft -= samples;
    if (this.#samplesLeft < 0) throw new EvaluationFault('query processing would load too many samples into memory');
  }
}

/** The labels that the selector says are equal to one value. */
function absentLabels(node: Node): Labels {
  if (node.kind !== 'selector') return Labels.NONE;
  const values = new Map<string, string>();
  const named = new Set<string>();
  for (const { name, type, value } of node.matchers) {
    if (name === NAME) continue;
    if (type === '=' && !named.has(name)) values.set(name, value);
    else values.delete(name);
    if (type === '=') named.add(name);
  }
  return Labels.of(values);
}
