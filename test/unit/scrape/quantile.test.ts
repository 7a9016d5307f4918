import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { classicQuantile } from '../../../src/scrape/quantile.ts';
import { defer } from '../../lib/cleanup.ts';
import { skip } from '../../lib/skip.ts';

const INF = Number.POSITIVE_INFINITY;
const QUANTILES = [0.001, 0.5, 0.99, 0.999, 1];

type Histogram = { bounds: readonly number[]; counts: number[] };

/** Bounds of any sign, distinct, then +Inf; cumulative counts, the last above 0. */
const histogram: fc.Arbitrary<Histogram> = fc
  .uniqueArray(fc.integer({ min: -3, max: 100_000 }), { minLength: 1, maxLength: 20 })
  .chain((bounds) =>
    fc.record({
      bounds: fc.constant([...bounds.sort((a, b) => a - b).map((bound) => bound / 1000), INF]),
      steps: fc
        .array(fc.oneof(fc.constant(0), fc.nat(5), fc.nat(10_000_000)), {
          minLength: bounds.length + 1,
          maxLength: bounds.length + 1,
        })
        .filter((steps) => steps.some((step) => step > 0)),
    }),
  )
  .map(({ bounds, steps }) => ({ bounds, counts: steps.map((_, i) => sum(steps.slice(0, i + 1))) }));

function sum(numbers: number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

describe('a quantile of a classic histogram', () => {
  const cases: [string, number[], number[], number, [number, number, number] | null][] = [
    ['in the middle of a bucket', [1, 2, INF], [0, 10, 10], 0.5, [1.5, 1, 2]],
    ['in the first bucket, from 0', [4, 8, INF], [10, 10, 10], 0.5, [2, 0, 4]],
    ['at a bound', [1, 2, INF], [5, 10, 10], 0.5, [1, 0, 1]],
    ['beyond the last finite bound', [1, 2, INF], [1, 2, 100], 0.99, [2, 2, INF]],
    ['all beyond', [1, INF], [0, 7], 0.5, [1, 1, INF]],
    ['one observation', [0.1, 0.2, INF], [0, 1, 1], 0.99, [0.199, 0.1, 0.2]],
    ['first bound not above 0', [0, 1, INF], [3, 3, 3], 0.5, [0, 0, 0]],
    ['nothing counted', [1, INF], [0, 0], 0.5, null],
    ['no finite bound', [INF], [3], 0.5, null],
    ['no bucket', [], [], 0.5, null],
  ];
  for (const [what, bounds, counts, q, expected] of cases)
    it(what, () => {
      const found = classicQuantile(bounds, counts, q);
      assert.deepEqual(found && [Number(found.value.toPrecision(12)), found.low, found.high], expected);
    });

  it('is what Prometheus itself interpolates', function () {
    skip(this, spawnSync('promtool', ['--version']).error ? 'promtool is not installed' : null);
    const cases = fc.sample(histogram, { numRuns: 100, seed: 1 });
    const folder = mkdtempSync(join(tmpdir(), 'quantile-'));
    defer(() => rmSync(folder, { recursive: true }));
    const file = join(folder, 'test.yaml');
    const run = (shift: number) => {
      writeFileSync(file, JSON.stringify(promtoolTest(cases, shift)));
      return spawnSync('promtool', ['test', 'rules', file], { encoding: 'utf8' });
    };
    const { status, stdout, stderr } = run(0);
    assert.equal(status, 0, stdout + stderr);
    assert.notEqual(run(1e-3).status, 0); // it does compare
  });
});

/** A unit test of promtool that wants our quantiles (JSON is YAML), each `shift` too large. */
function promtoolTest(cases: Histogram[], shift: number): unknown {
  const series = cases.flatMap(({ bounds, counts }, i) =>
    bounds.map((bound, b) => ({
      series: `h_bucket{case="${i}",le="${bound === INF ? '+Inf' : bound}"}`,
      values: String(counts[b]),
    })),
  );
  const wanted = (q: number) =>
    cases.map(({ bounds, counts }, i) => ({
      labels: `{case="${i}"}`,
      value: classicQuantile(bounds, counts, q)!.value * (1 + shift),
    }));
  const tests = QUANTILES.map((q) => ({
    expr: `histogram_quantile(${q}, h_bucket)`,
    eval_time: '0m',
    exp_samples: wanted(q),
  }));
  return { tests: [{ interval: '1m', input_series: series, promql_expr_test: tests }] };
}
