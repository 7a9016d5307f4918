import { evaluate } from '../../src/rules/promql/evaluate.ts';
import { EvaluationFault, PromqlFault } from '../../src/rules/promql/fault.ts';
import { parsePromql } from '../../src/rules/promql/parse.ts';
import { Store } from '../../src/rules/store/store.ts';
import type { Answer } from './prometheus.ts';
import type { Given } from './remote_write.ts';

export function storeOf(series: readonly Given[]): Store {
  const store = new Store({ seriesMax: 10_000, bytesMax: 2 ** 28, keepMs: 86_400_000 });
  for (const { labels, samples } of series)
    for (const [timeMs, value] of samples) {
      if (value === null) store.appendStale(labels, timeMs);
      else store.append(labels, timeMs, value);
    }
  return store;
}

/** Our own answer, in the form of Prometheus's. */
export function ask(store: Store, query: string, timeMs: number): Answer {
  try {
    const result = evaluate(parsePromql(query), timeMs, store, { samplesMax: 1e7 });
    if (typeof result === 'number') return { scalar: result };
    return { vector: result.map(({ labels, value }) => ({ labels: Object.fromEntries(labels.pairs), value })) };
  } catch (error) {
    if (error instanceof EvaluationFault) return { error: error.message };
    if (error instanceof PromqlFault) return { refused: error.message };
    throw error;
  }
}

const TOLERANCE = 1e-9;

/** Relative to the larger one, or to 1. */
export function equalValues(a: number, b: number): boolean {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number.isNaN(a) && Number.isNaN(b);
  return a === b || Math.abs(a - b) <= TOLERANCE * Math.max(1, Math.abs(a), Math.abs(b));
}

/** What differs, or null. The order of a vector's samples has no meaning. */
export function difference(ours: Answer, theirs: Answer): string | null {
  if ('refused' in ours || 'refused' in theirs)
    return 'refused' in ours && 'refused' in theirs ? null : `${told(ours)}; theirs: ${told(theirs)}`;
  if ('error' in ours || 'error' in theirs) {
    const [a, b] = [ours, theirs].map((answer) => ('error' in answer ? kindOf(answer.error) : 'no error'));
    return a === b ? null : `ours: ${a}; theirs: ${b}`;
  }
  if ('scalar' in ours || 'scalar' in theirs) {
    const [a, b] = [ours, theirs].map((answer) => ('scalar' in answer ? answer.scalar : Number.NaN));
    return 'scalar' in ours && 'scalar' in theirs && equalValues(a!, b!) ? null : `ours: ${a}; theirs: ${b}`;
  }
  const [mine, other] = [ours, theirs].map(({ vector }) => new Map(vector.map((s) => [keyOf(s.labels), s.value])));
  if (ours.vector.length !== theirs.vector.length)
    return `${ours.vector.length} series; theirs: ${theirs.vector.length}`;
  for (const [key, value] of mine!) {
    const their = other!.get(key);
    if (their === undefined || !equalValues(value, their)) return `${key}: ours ${value}; theirs ${their}`;
  }
  return null;
}

function told(answer: Answer): string {
  return 'refused' in answer ? `refused: ${answer.refused}` : 'accepted';
}

/** Which series are named in a message hangs on an order that has no meaning. */
function kindOf(message: string): string {
  return message.replace(/match group .*\[.*\]/s, 'match group').replace(/^\w+: /, '');
}

function keyOf(labels: Record<string, string>): string {
  return JSON.stringify(Object.entries(labels).sort());
}
