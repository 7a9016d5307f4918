import { Labels } from '../../src/rules/labels.ts';
import type { Given } from '../lib/remote_write.ts';
import { START_MS } from './promql_series.ts';

/** When the queries are asked. */
export const EDGE_MS = START_MS + 10 * 60_000;

/** Samples stand exactly on the edges of windows. */
export function edgeSeries(): Given[] {
  const everyMinute = (labels: Record<string, string>, minutes: number[], value: (i: number) => number): Given => ({
    labels: Labels.of(labels),
    samples: minutes.map((minute, i) => [START_MS + minute * 60_000, value(i)]),
  });
  const all = Array.from({ length: 11 }, (_, i) => i);
  return [
    everyMinute({ __name__: 'old' }, [0, 5], () => 7),
    everyMinute({ __name__: 'climbs_total' }, all, (i) => 1000 + 10 * i),
    everyMinute({ __name__: 'level' }, all, (i) => i),
    everyMinute({ __name__: 'late_total' }, [7, 8, 9], (i) => [8, 17, 26][i]!),
    everyMinute({ __name__: 'lines', text: 'a\nb' }, all, () => 1),
  ];
}

/** The values of the answer, or that it is refused, in Prometheus 3, which is ours, and in Prometheus 2. */
export const CHANGES: readonly { query: string; three: string; two: string }[] = [
  // A sample that is exactly as old as the look back or the range is out in 3.
  { query: 'old', three: '', two: '7.00000' },
  { query: 'old offset 1ms', three: '7.00000', two: '7.00000' },
  { query: 'old offset 4m', three: '7.00000', two: '7.00000' },
  { query: 'count_over_time(level[5m])', three: '5.00000', two: '6.00000' },
  { query: 'count_over_time(level[300001ms])', three: '6.00000', two: '6.00000' },
  { query: 'sum_over_time(level[1m])', three: '10.0000', two: '19.0000' },
  { query: 'min_over_time(level[5m] offset 2m)', three: '4.00000', two: '3.00000' },
  { query: 'increase(climbs_total[1m])', three: '', two: '10.0000' },
  { query: 'increase(climbs_total[5m])', three: '50.0000', two: '50.0000' },
  { query: 'rate(climbs_total[5m])', three: '0.166667', two: '0.166667' },
  { query: 'delta(level[90s])', three: '1.50000', two: '1.50000' },
  // Where a counter begins inside the range, 3 goes back by half the distance of its samples at most.
  { query: 'increase(late_total[10m])', three: '31.5000', two: '35.0000' },
  // A dot takes a newline in 3.
  { query: 'lines{text=~"a.b"}', three: '1.00000', two: '' },
  { query: 'lines{text!~"a.b"}', three: '', two: '1.00000' },
  // New in 3: durations as numbers, numbers as durations, names between quotes.
  { query: 'vector(5m)', three: '300.000', two: 'refused' },
  { query: 'count_over_time(level[300])', three: '5.00000', two: 'refused' },
  { query: '{"level"}', three: '10.0000', two: 'refused' },
];
