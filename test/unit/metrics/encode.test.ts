import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { COMPONENTS } from '../../../src/decode/sample.ts';
import { CATALOG } from '../../../src/metrics/catalog.ts';
import { encode, escapeLabel, formatBound } from '../../../src/metrics/encode.ts';
import { families } from '../../../src/metrics/families.ts';
import { ProcessMetrics } from '../../../src/metrics/process.ts';
import { matchesGolden } from '../../golden/golden.ts';
import { skip } from '../../lib/skip.ts';
import { pool, reading } from './fixture.ts';

const CONTRACT = `build_info pool_info pool_size pool_threads pool_active_workers pool_parallelism pool_demand
pool_size_deviation pool_cpu_limit pool_time_seconds_total pool_blocked_seconds_total pool_runqueue_wait_seconds
pool_runqueue_wait_p99_seconds pool_stolen_seconds_total pool_switches_total pool_migrations_total ring_records_total
ring_lost_total decode_errors_total bpf_runs_total bpf_run_seconds_total bpf_recursion_misses_total bpf_memory_bytes
overhead_ratio series_dropped_total tcp_connect_seconds tcp_connect_failures_total tcp_accept_queue
tcp_accept_queue_limit tcp_accept_overflows_total tcp_segments_sent_total tcp_retransmits_total tcp_resets_total
tcp_rtt_seconds request_duration_seconds request_p50_seconds request_p99_seconds request_p999_seconds request_trusted
request_tail_seconds request_p99_baseline_seconds request_p99_drift_ratio drift_episode
alerts rules rule_evaluations_total rule_evaluation_failures_total rule_last_evaluation_seconds rule_memory_bytes
config_last_reload_successful config_last_reload_success_timestamp_seconds`;

describe('/metrics', () => {
  it('is what it was: text', () => matchesGolden('metrics.txt', encode(families(reading()), 'text')));
  it('is what it was: OpenMetrics', () =>
    matchesGolden('metrics.openmetrics', encode(families(reading()), 'openmetrics')));

  it('passes promtool check metrics, the daemon itself included', async function () {
    skip(this, spawnSync('promtool', ['--version']).error ? 'promtool is not installed' : null);
    const text = encode([...families(reading()), ...(await new ProcessMetrics().families())], 'text');
    const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' });
    assert.equal(`${stdout}${stderr}`, '');
    assert.equal(status, 0);
  });

  it("is read by Prometheus's own OpenMetrics parser, the daemon itself included", async function () {
    skip(this, spawnSync('promtool', ['--version']).error ? 'promtool is not installed' : null);
    const folder = mkdtempSync(join(tmpdir(), 'pooldrift-openmetrics-'));
    try {
      const all = [...families(reading()), ...(await new ProcessMetrics().families())];
      // A block needs timestamps, which a scrape leaves out.
      writeFileSync(join(folder, 'in'), encode(all, 'openmetrics').replace(/^([^#].*)$/gm, '$1 1700000000'));
      const create = ['tsdb', 'create-blocks-from', 'openmetrics', join(folder, 'in'), join(folder, 'out')];
      const { status, stderr } = spawnSync('promtool', create, { encoding: 'utf8' });
      assert.equal(status, 0, stderr);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('has a size deviation of 0 where active workers are within the size', () => {
    const text = encode(families(reading()), 'text');
    assert.match(text, /^pooldrift_pool_size_deviation\{pool="checkout"\} 0$/m);
    assert.match(text, /^pooldrift_pool_active_workers\{pool="checkout"\} 8$/m);
    assert.match(text, /^pooldrift_pool_parallelism\{pool="checkout"\} 3$/m);
    assert.match(text, /^pooldrift_pool_demand\{pool="checkout"\} 7$/m);
  });

  it('leaves out what is not known', () => {
    const text = encode(families(reading()), 'text');
    assert.doesNotMatch(text, /NaN|null|undefined/);
    assert.doesNotMatch(text, /pooldrift_pool_(size|cpu_limit|time_seconds_total)\{[^}]*late/);
  });

  it('has no requests and no connections where they are not measured', () => {
    const text = encode(families(reading([pool()], { measured: false })), 'text');
    assert.doesNotMatch(text, /pooldrift_(request|tcp)_/);
    assert.doesNotMatch(encode(families(reading()), 'text'), /pooldrift_(request|tcp)_[^{]*\{pool="late/);
  });

  it('has counters and no quantile where no request came', () => {
    const text = encode(families(reading([pool()], { requests: [] })), 'text');
    assert.match(text, /^pooldrift_request_duration_seconds_count\{pool="checkout"\} 0$/m);
    assert.match(text, /^pooldrift_request_trusted\{pool="checkout"\} 1$/m);
    assert.doesNotMatch(text, /pooldrift_request_(p50|p99|p999|tail)_seconds\{/);
  });

  it("has quantiles alone where they are the program's own", () => {
    const latency = {
      ...{ metric: 'http_seconds', atNs: 0, windowSeconds: 15, requests: 9, requestsPerSecond: 0.6, sumSeconds: null },
      ...{ p50Seconds: 0.002, p99Seconds: 0.04, p999Seconds: 0.05, p99Interval: [0.025, 0.05] as const },
    };
    const text = encode(families(reading([pool()], { scraped: { latency, fault: null } })), 'text');
    assert.match(text, /^pooldrift_request_p99_seconds\{pool="checkout"\} 0.04$/m);
    assert.doesNotMatch(text, /pooldrift_request_(duration|tail)_seconds/);
    const faulty = encode(families(reading([pool()], { scraped: { latency: null, fault: 'HTTP 503' } })), 'text');
    assert.doesNotMatch(faulty, /pooldrift_request_/);
  });

  it('has a tail whose components sum to its mean', () => {
    const tail = families(reading()).find(({ metric }) => metric.name === 'pooldrift_request_tail_seconds')!;
    assert.equal(tail.points.length, COMPONENTS.length);
    const sum = tail.points.reduce((all, { value }) => all + value, 0);
    assert.ok(Math.abs(sum - 0.0112) < 1e-9, `${sum}`);
    const text = encode([tail], 'text');
    assert.match(text, /\{pool="checkout",component="runqueue",when="now"\} 0\.0058/);
  });

  it('counts alerts by name, severity and state; resolved ones are none', () => {
    const text = encode(families(reading()), 'text');
    const alerts = text.split('\n').filter((line) => line.startsWith('pooldrift_alerts{'));
    assert.deepEqual(alerts, [
      'pooldrift_alerts{alertname="Late",severity="info",state="pending"} 1',
      'pooldrift_alerts{alertname="Drift",severity="odd \\"\\\\\\" one",state="firing"} 1',
    ]);
  });

  it('has ten severities of alerts at most, and other', () => {
    const full = reading();
    const [first] = full.alerting!.alerts;
    const severities = Array.from({ length: 12 }, (_, i) => `s${i}`);
    const alerts = severities.map((severity) => ({ ...first!, labels: first!.labels.with([['severity', severity]]) }));
    const text = encode(families({ ...full, alerting: { ...full.alerting!, alerts } }), 'text');
    assert.equal(text.match(/^pooldrift_alerts\{/gm)?.length, 11);
    assert.match(text, /^pooldrift_alerts\{alertname="Late",severity="other",state="pending"\} 2$/m);
  });

  it('escapes label values', () => {
    assert.equal(escapeLabel('a"b\\c\nd'), 'a\\"b\\\\c\\nd');
    assert.match(encode(families(reading()), 'text'), /pool="late \\"\\\\\\" one"/);
  });

  it('writes bounds in OpenMetrics canonical form', () => {
    assert.deepEqual([1e-6, 5e-5, 1e-4, 0.02, 1, 50].map(formatBound), [
      '1e-06',
      '5e-05',
      '0.0001',
      '0.02',
      '1.0',
      '50.0',
    ]);
  });

  it('renders 64 pools with their histograms in 20 ms', () => {
    const pools = Array.from({ length: 64 }, (_, index) => pool({ index, name: `pool-${index}` }));
    const full = reading(pools);
    const times = Array.from({ length: 15 }, () => {
      const start = performance.now();
      encode(families(full), 'text');
      return performance.now() - start;
    }).sort((a, b) => a - b);
    assert.ok(times[7]! < 20, `median ${times[7]} ms`);
  });
});

describe('catalog', () => {
  const rows = Object.values(CATALOG);

  it('names each metric once, by the rules of both formats', () => {
    assert.equal(new Set(rows.map(({ name }) => name)).size, rows.length);
    for (const { name, type, unit } of rows) {
      assert.match(name, /^pooldrift_[a-z0-9_]+$/);
      assert.equal(name.endsWith('_total'), type === 'counter', name);
      const family = name.replace(/_total$/, '');
      if (unit !== '') assert.ok(family.endsWith(`_${unit}`), `${name} does not end in its unit ${unit}`);
    }
  });

  it('keeps the names that users depend on', () => {
    const prefixed = CONTRACT.split(/\s+/).map((name) => `pooldrift_${name}`);
    const names: string[] = rows.map(({ name }) => name);
    assert.deepEqual(
      prefixed.filter((name) => !names.includes(name)),
      [],
    );
  });

  it('has exactly the labels that are written', () => {
    for (const { metric, points } of families(reading())) {
      const row = rows.find(({ name }) => name === metric.name)!;
      for (const { labels } of points) {
        const written = [...labels.matchAll(/([a-z_]+)="/g)]
          .map(([, label]) => label!)
          .filter((label) => label !== 'le');
        assert.deepEqual(written.sort(), Object.keys(row.labels).sort(), metric.name);
      }
    }
  });
});
