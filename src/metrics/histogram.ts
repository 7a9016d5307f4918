import { CLASSIC_BOUNDS_NS, cumulative } from '../windows/histogram.ts';
import type { MetricKey } from './catalog.ts';
import { formatBound } from './encode.ts';

/** Adds a point to a family; what is null is left out. `labels` is escaped already, without braces. */
export type Put = {
  (key: MetricKey, value: number | null, labels?: string, suffix?: string): void;
  /** Whether anybody asks for the family: what is costly need not be made else. */
  wants(key: MetricKey): boolean;
};

const LE = [...CLASSIC_BOUNDS_NS.map((ns) => formatBound(ns / 1e9)), '+Inf'];

/** A classic histogram from full-resolution counts. */
export function putHistogram(put: Put, key: MetricKey, counts: Float64Array, sumNs: number, label: string): void {
  if (!put.wants(key)) return;
  const classic = cumulative(counts);
  classic.forEach((count, i) => {
    put(key, count, `${label},le="${LE[i]}"`, '_bucket');
  });
  put(key, sumNs / 1e9, label, '_sum');
  put(key, classic.at(-1)!, label, '_count');
}
