import type { Random } from './random.ts';

/** 300 s is no multiple of it: no sample is exactly as old as an instant selector looks back, where 2.x and 3.x differ. */
export const STEP_SECONDS = 37;
export const STEPS = 120;

/** A value at each step; null is a gap, 'stale' the end of the series for now. */
export type Input = { name: string; labels: Record<string, string>; values: (number | null | 'stale')[] };
type RuleText = Record<string, unknown>;

/** Series that come, go, and cross the bounds of the rules every now and then. */
export function inputs(random: Random): Input[] {
  return ['load', 'queue'].flatMap((name) =>
    ['a', 'b', 'c'].map((instance) => {
      const labels = { instance, job: instance === 'c' ? 'batch' : 'web' };
      let [value, away] = [5, 0];
      const values = Array.from({ length: STEPS }, () => {
        if (away > 0) away--;
        else if (random.uniform() < 0.04) {
          away = Math.floor(random.between(1, 14));
          if (random.uniform() < 0.5) return 'stale' as const;
        }
        if (random.uniform() < 0.15) value = Math.floor(random.between(0, 11));
        return away > 0 ? null : value;
      });
      return { name, labels, values };
    }),
  );
}

const DURATIONS = ['0s', '0s', '30s', '37s', '74s', '2m', '5m'];
const EXPRESSIONS = [
  ...['load > 5', 'queue > 7', 'load > 5 and queue > 3', 'sum by (job) (load) > 12', 'absent(load{instance="a"})'],
  ...['load > 3 unless on (instance) queue > 5', 'instance:load:twice > 12', 'max(queue) > 8', 'count(load) < 3'],
  ...[
    'load == 10 or queue == 10',
    'vector(1) and on () load{instance="b"} > 4',
    'sum by (instance, job) (ALERTS{alertstate="firing"}) > 1',
  ],
  ...[
    'job:queue:sum{job="web"} >= 10',
    'load > bool 5 == 1',
    'scalar(load{instance="a"}) > bool 5',
    'max_over_time(queue[3m]) > 8',
  ],
  ...['avg_over_time(load[100s]) > 6.1', 'delta(load[4m]) > 3.05', 'changes(queue[5m] offset 1m) > 1'],
];
const RECORDS: RuleText[] = [
  { record: 'job:queue:sum', expr: 'sum by (job) (queue)' },
  { record: 'instance:load:twice', expr: 'load * 2', labels: { kind: 'double', job: '' } },
  { record: 'alerts:count', expr: 'count by (alertstate, alertname) (ALERTS)' },
];

/** Groups of recording rules and alerts with every kind of waiting. */
export function ruleGroups(random: Random): { name: string; rules: RuleText[] }[] {
  const pick = <T>(list: readonly T[]) => list[Math.floor(random.uniform() * list.length)]!;
  return [0, 1].map((g) => ({
    name: `group ${g}`,
    rules: [
      ...(g === 0 ? RECORDS.slice(0, 2) : RECORDS.slice(2)),
      ...Array.from({ length: 8 }, (_, i) => ({
        alert: `alert_${g}_${i}`,
        expr: pick(EXPRESSIONS),
        for: pick(DURATIONS),
        keep_firing_for: pick(DURATIONS),
        labels: { severity: pick(['warning', '{{ if gt $value 8.0 }}critical{{ else }}warning{{ end }}']) },
        annotations: { summary: '{{ $labels.instance }} has {{ $value | humanize }} of {{ $labels.job }}' },
      })),
    ],
  }));
}
