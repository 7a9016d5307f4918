import { GRID_MS, MINUTES, START_MS } from './promql_series.ts';
import type { Random } from './random.ts';

export type Asked = { query: string; timeMs: number };

/** Windows of these and the offset do not reach before the samples. */
const FIRST_MINUTE = 50;

const COUNTERS = ['requests_total', 'fresh_total', 'latency_seconds_bucket', 'latency_seconds_sum'];
const GAUGES = ['temperature', 'queue', 'limit', 'build_info', 'temperature', 'queue'];
const MATCHERS = [
  ...[
    '',
    '',
    '',
    '{instance=~"[ab].*"}',
    '{instance!~"a.+"}',
    '{nothing=~".*"}',
    '{instance=~"a"}',
    "{instance='b:9090'}",
  ],
  ...['{instance=~"(?i)A:.*",nothing=""}', '{job!="batch"}', '{instance=~`[abc]:\\d+`}', '{instance!="c:9090"}'],
];
/** Beside those, by the labels that the metric has. */
const OWN_MATCHERS: Record<string, readonly string[]> = {
  requests_total: ['{code=~"2..|5.."}', '{method="get",code!="500"}', "{code='200'}", '{job=~"w|b"}', '{job="web"}'],
  temperature: ['{zone=""}', '{zone!=""}', '{zone=~"(?s)s.*"}', '{zone=`north`}', '{job=~"w|b.*"}'],
  build_info: ['{version=~"1\\\\.[01]"}'],
  latency_seconds_bucket: ['{le="+Inf"}', '{le!="+Inf"}'],
};
const LABELS = ['instance', 'job', 'code', 'method', 'zone', 'le', 'nothing'];
const RANGES = ['1m', '90s', '5m', '5m', '1m30s', '10m', '20m', '40s'];
const OFFSETS = ['', '', '', '', ' offset 1m', ' offset 7m', ' offset -3m', ' offset 90s'];
const OF_GAUGE = ['avg', 'min', 'max', 'sum', 'count', 'last', 'present', 'stddev', 'stdvar'].map(
  (n) => `${n}_over_time`,
);
const OF_COUNTER = ['rate', 'increase', 'rate', 'increase', 'irate', 'resets'];
const AGGREGATES = ['sum', 'avg', 'min', 'max', 'count', 'group', 'stddev', 'stdvar'];

/** Random expressions of the subset, that Prometheus 2 and 3 understand alike. */
export class Queries {
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  next(): Asked {
    const minutes = this.#random.between(FIRST_MINUTE, MINUTES + 8);
    const timeMs = START_MS + Math.floor((minutes * 60_000) / GRID_MS) * GRID_MS;
    return { query: this.#chance(0.06) ? this.#scalar(2) : this.#vector(3), timeMs };
  }

  #vector(depth: number): string {
    if (depth === 0) return this.#leaf();
    return this.#pick([
      () => this.#leaf(),
      () => this.#leaf(),
      () => this.#aggregate(depth),
      () => this.#aggregate(depth),
      () => this.#binary(depth),
      () => this.#binary(depth),
      () => this.#joined(depth),
      () => this.#function(depth),
      () => this.#quantile(),
      () => `-${this.#vector(depth - 1)}`,
    ])();
  }

  #leaf(): string {
    const offset = this.#pick(OFFSETS);
    const range = `[${this.#pick(RANGES)}]${offset}`;
    return this.#pick([
      () => `${this.#pick(OF_COUNTER)}(${this.#selector(COUNTERS)}${range})`,
      () => `${this.#pick(OF_COUNTER)}(${this.#selector(COUNTERS)}${range})`,
      () => `${this.#pick(['delta', 'idelta', 'changes'])}(${this.#selector(GAUGES)}${range})`,
      () => `${this.#pick(OF_GAUGE)}(${this.#selector(GAUGES)}${range})`,
      () => `${this.#pick(['min', 'max', 'count', 'last'])}_over_time(odd${range})`,
      () => `quantile_over_time(${this.#quantileNumber()}, ${this.#selector(GAUGES)}${range})`,
      () => this.#selector(GAUGES) + offset,
      () => this.#selector([...GAUGES, ...COUNTERS]) + offset,
      () => `{__name__=~"temp.*|queue"${this.#pick(['', ',job="web"'])}}${offset}`,
      () => `odd${offset}`,
    ])();
  }

  #selector(names: readonly string[]): string {
    const name = this.#pick(names);
    return name + this.#pick([...MATCHERS, ...(OWN_MATCHERS[name] ?? [])]);
  }

  #aggregate(depth: number): string {
    const grouping = this.#pick([
      '',
      ` by (${this.#labels()})`,
      ` by (${this.#labels()})`,
      ` without (${this.#labels()})`,
    ]);
    const name = this.#pick([...AGGREGATES, 'quantile', 'topk', 'bottomk', 'topk']);
    const plainOperand = name.startsWith('std') || name === 'avg' ? this.#finite() : this.#vector(depth - 1);
    if (AGGREGATES.includes(name))
      return this.#chance(0.5) ? `${name}${grouping} (${plainOperand})` : `${name}(${plainOperand})${grouping}`;
    const parameter = name === 'quantile' ? this.#quantileNumber() : this.#pick(['1', '2', '3', '100', '0', '2.7']);
    return `${name}${grouping}(${parameter}, ${this.#finite()})`;
  }

  /** No infinity and no NaN, on which 2.x and 3.x differ in variances and where equal values have no order. */
  #finite(): string {
    const range = `[${this.#pick(RANGES)}]`;
    return this.#pick([
      () => `rate(${this.#selector(['requests_total', 'fresh_total'])}${range})`,
      () => this.#selector(['temperature', 'queue']),
      () => `avg_over_time(${this.#selector(['temperature', 'queue'])}${range})`,
      () => `${this.#selector(['temperature', 'queue'])} * ${this.#pick(['2', '-3', '0.5'])}`,
    ])();
  }

  #binary(depth: number): string {
    const [left, right] = this.#chance(0.5)
      ? [this.#vector(depth - 1), this.#scalar(1)]
      : [this.#scalar(1), this.#vector(depth - 1)];
    if (this.#chance(0.05)) return `${this.#selector(GAUGES)} % ${this.#number()}`;
    return `${this.#wrapped(left)} ${this.#operator()} ${this.#wrapped(right)}`;
  }

  #joined(depth: number): string {
    const sides = () => this.#wrapped(this.#vector(depth - 1));
    const matching = this.#pick(['', '', ` on (${this.#labels()})`, ` ignoring (${this.#labels()})`]);
    return this.#pick([
      () => `${sides()} ${this.#pick(['and', 'or', 'unless'])}${matching} ${sides()}`,
      () => `${sides()} ${this.#pick(['and', 'or', 'unless'])}${matching} ${sides()}`,
      () => `${sides()} ${this.#operator()}${matching} ${sides()}`,
      () => `sum by (instance, job) (${this.#vector(depth - 1)}) ${this.#operator()} on (instance) limit`,
      () =>
        `${this.#selector(['temperature', 'queue', 'requests_total'])} ${this.#operator()} on (instance) group_left ${this.#pick(['limit', 'build_info'])}`,
      () =>
        `${this.#selector(['temperature', 'requests_total'])} * on (instance, job) group_left (version, nothing) build_info`,
      () =>
        `limit ${this.#operator()} on (instance) group_right${this.#pick(['', ' (job)'])} ${this.#selector(['temperature', 'queue'])}`,
      () =>
        `${this.#selector(['temperature', 'queue'])} ${this.#operator()} on (${this.#labels()}) ${this.#selector(['temperature', 'queue'])}`,
      () => `${this.#pick(['abs', '-', 'sqrt'])}({__name__=~"limit.*"})`,
      () => `${this.#selector(['limit', 'limit_soft'])} % ignoring (job) ${this.#selector(['limit', 'limit_soft'])}`,
      () => `rate(requests_total{code="500"}[5m]) / ignoring (code) rate(requests_total{code="200"}[5m])`,
    ])();
  }

  #function(depth: number): string {
    const inner = this.#vector(depth - 1);
    return this.#pick([
      () => `${this.#pick(['abs', 'ceil', 'floor', 'sqrt', 'round'])}(${inner})`,
      () => `round(${inner}, ${this.#pick(['0.1', '5', '10'])})`,
      () => `clamp_min(${inner}, ${this.#scalar(0)})`,
      () => `clamp_max(${inner}, ${this.#scalar(0)})`,
      () => `clamp(${inner}, ${this.#number()}, ${this.#number()})`,
      () => `absent(${this.#chance(0.5) ? inner : this.#selector(GAUGES)})`,
      () => `absent_over_time(${this.#selector(GAUGES)}[1m])`,
      () => `vector(${this.#scalar(depth - 1)})`,
    ])();
  }

  #quantile(): string {
    const buckets = `rate(latency_seconds_bucket${this.#pick(['', '{instance!~"c.*"}', '{le!="+Inf"}'])}[${this.#pick(RANGES)}])`;
    const grouped = this.#pick([buckets, `sum by (le) (${buckets})`, `sum by (le, instance) (${buckets})`]);
    return `histogram_quantile(${this.#quantileNumber()}, ${grouped})`;
  }

  #scalar(depth: number): string {
    if (depth === 0) return this.#number();
    return this.#pick([
      () => this.#number(),
      () => this.#number(),
      () => `(${this.#scalar(depth - 1)} ${this.#pick(['+', '-', '*', '/', '^'])} ${this.#scalar(depth - 1)})`,
      () => `(${this.#number()} % ${this.#number()})`,
      () => `(${this.#scalar(depth - 1)} ${this.#pick(['>', '<=', '==', '!='])} bool ${this.#scalar(depth - 1)})`,
      () => 'time()',
      () => `scalar(${this.#pick(['sum(temperature)', 'limit', 'limit{instance="a:9090"}', 'nothing_here'])})`,
    ])();
  }

  #operator(): string {
    return this.#pick([
      ...['+', '-', '*', '/', '^', '>', '<', '>=', '<=', '==', '!=', '> bool', '<= bool', '!= bool', '+', '>'],
    ]);
  }

  #wrapped(text: string): string {
    return this.#chance(0.7) ? `(${text})` : text;
  }

  #labels(): string {
    return Array.from({ length: 1 + Math.floor(this.#random.between(0, 3)) }, () => this.#pick(LABELS)).join(', ');
  }

  #number(): string {
    return this.#pick(['0', '1', '2', '0.5', '-3', '20', '1e3', '21', '0x1f', '-1', 'Inf', 'NaN', '1e6']);
  }

  #quantileNumber(): string {
    return this.#pick(['0.5', '0.9', '0.99', '0', '1', '0.25', '-1', '1.5']);
  }

  #chance(probability: number): boolean {
    return this.#random.uniform() < probability;
  }

  #pick<T>(choices: readonly T[]): T {
    return choices[Math.min(choices.length - 1, Math.floor(this.#random.uniform() * choices.length))]!;
  }
}
