import type { Labels } from '../labels.ts';
import { EvaluationFault } from './fault.ts';

export type Sample = { labels: Labels; value: number };

/** @throws EvaluationFault where two have the same labels */
export function requireDistinct(samples: Sample[], message: string): Sample[] {
  if (samples.length < 2) return samples;
  const texts = new Set(samples.map(({ labels }) => labels.text));
  if (texts.size < samples.length) throw new EvaluationFault(message);
  return samples;
}

export const SAME_LABELS = 'vector cannot contain metrics with the same labelset';
