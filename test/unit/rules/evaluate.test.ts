import assert from 'node:assert/strict';
import { Labels } from '../../../src/rules/labels.ts';
import { loadRules } from '../../../src/rules/load/load.ts';
import { needsOf } from '../../../src/rules/needs.ts';
import type { Store } from '../../../src/rules/store/store.ts';
import { ask, storeOf } from '../../lib/promql.ts';
import { CHANGES, EDGE_MS, edgeSeries } from '../../sim/promql_changes.ts';

/** At one moment: each series with its value. */
function moment(values: Record<string, number>): Store {
  const series = Object.entries(values).map(([text, value]) => {
    const [, name, inside] = /^(\w+)(?:\{(.*)\})?$/.exec(text)!;
    const pairs = (inside ?? '').split(',').map((pair) => pair.split('='));
    const labels = Object.fromEntries(pairs.map(([label, its]) => [label!, its ?? '']));
    return { labels: Labels.of({ ...labels, __name__: name! }), samples: [[1000, value]] as [number, number][] };
  });
  return storeOf(series);
}

function told(store: Store, query: string, timeMs: number): string {
  const answer = ask(store, query, timeMs);
  if ('error' in answer) return answer.error;
  if ('vector' in answer)
    return answer.vector
      .map(({ labels, value }) => `${Labels.of(labels).series} ${Number(value.toPrecision(6))}`)
      .join('; ');
  return 'scalar' in answer ? String(answer.scalar) : answer.refused;
}

const POOLS = moment({
  'size{pool=a}': 4,
  'size{pool=b}': 8,
  'active{pool=a,worker=1}': 3,
  'active{pool=a,worker=2}': 5,
  'active{pool=b,worker=1}': 2,
  'weight{pool=a}': 1,
  'cpus{}': 4,
  'le_bucket{le=0.1}': 50,
  'le_bucket{le=1}': 99,
  'le_bucket{le=+Inf}': 100,
});

const ANSWERS: Record<string, string> = {
  'size > 5': 'size{pool="b"} 8',
  'size > bool 5': '{pool="a"} 0; {pool="b"} 1',
  '5 < size': 'size{pool="b"} 8',
  'size * 2': '{pool="a"} 8; {pool="b"} 16',
  'size / 0': '{pool="a"} Infinity; {pool="b"} Infinity',
  '-size': '{pool="a"} -4; {pool="b"} -8',
  'sum(active)': '{} 10',
  'sum by (pool) (active)': '{pool="a"} 8; {pool="b"} 2',
  'max without (worker) (active) > on (pool) size': '{pool="a"} 5',
  'active / on (pool) group_left size':
    '{pool="a",worker="1"} 0.75; {pool="a",worker="2"} 1.25; {pool="b",worker="1"} 0.25',
  'size > on () group_left cpus': 'size{pool="b"} 8',
  'topk(1, active)': 'active{pool="a",worker="2"} 5',
  'size unless on (pool) active{worker="2"}': 'size{pool="b"} 8',
  'cpus or size': 'cpus 4; size{pool="a"} 4; size{pool="b"} 8',
  'absent(nothing{pool="a",x=~"b"})': '{pool="a"} 1',
  'absent(size)': '',
  'histogram_quantile(0.5, le_bucket)': '{} 0.1',
  'histogram_quantile(0.74, le_bucket)': '{} 0.540816',
  'histogram_quantile(1, le_bucket)': '{} 1',
  'scalar(cpus) + 1': '5',
  'scalar(size)': 'NaN',
  'clamp(size, 5, 6)': '{pool="a"} 5; {pool="b"} 6',
  'size + on (pool) active':
    'found duplicate series for the match group {pool="a"} on the right hand-side of the operation: ' +
    '[{__name__="active", pool="a", worker="1"}, {__name__="active", pool="a", worker="2"}];' +
    'many-to-many matching not allowed: matching labels must be unique on one side',
  'active + on (pool) size':
    'multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)',
  'sum by (pool, worker) (active) * on (pool) group_left (worker) size{pool="a"}':
    'multiple matches for labels: grouping labels must ensure unique matches',
  'abs({__name__=~"size|weight"})': 'vector cannot contain metrics with the same labelset',
  '{__name__=~"size|weight"} > 3': 'size{pool="a"} 4; size{pool="b"} 8',
  'abs({__name__=~"cpus|le_bucket",le=""}) or -{__name__=~"size|cpus"}': '{} 4; {pool="a"} -4; {pool="b"} -8',
  'topk(1e100, size)': 'Scalar value 1e+100 overflows int64',
};

describe('PromQL on samples', () => {
  for (const [query, answer] of Object.entries(ANSWERS))
    it(`${query} is ${answer.slice(0, 60)}`, () => assert.equal(told(POOLS, query, 2000), answer));

  it('has the edges of Prometheus 3', () => {
    const store = storeOf(edgeSeries());
    for (const { query, three } of CHANGES) {
      const answer = ask(store, query, EDGE_MS);
      assert.ok('vector' in answer, query);
      assert.equal(answer.vector.map(({ value }) => value.toPrecision(6)).join(' '), three, query);
    }
  });

  it('counts resets as growth from 0', () => {
    const samples = [10, 20, 5, 15].map((value, i): [number, number] => [i * 60_000, value]);
    const store = storeOf([{ labels: Labels.of({ __name__: 'c' }), samples }]);
    assert.equal(told(store, 'resets(c[10m])', 180_000), '{} 1');
    assert.equal(told(store, 'increase(c[210s])', 190_000), '{} 29.1667');
    assert.equal(told(store, 'irate(c[10m])', 190_000), '{} 0.166667');
    assert.equal(told(store, 'delta(c[190s])', 190_000), '{} -7.91667');
  });

  it('sums so that small values beside large ones are not lost', () => {
    const store = moment({ 'v{i=1}': 1e16, 'v{i=2}': 1, 'v{i=3}': -1e16, 'v{i=4}': 1 });
    assert.equal(told(store, 'sum(v)', 2000), '{} 2');
    assert.equal(told(store, 'avg(v)', 2000), '{} 0.5');
    const large = moment({ 'v{i=1}': 1e308, 'v{i=2}': 1e308 });
    assert.equal(told(large, 'avg(v)', 2000), '{} 1e+308');
  });
});

describe('what rules need', () => {
  const needs = (...queries: string[]) => {
    const rules = queries.map((expr) => ({ record: 'r', expr }));
    return needsOf(loadRules(JSON.stringify({ groups: [{ name: 'g', rules }] }), 'r.yaml').groups);
  };

  it('is as long as their longest look back', () => {
    assert.equal(needs('a + 1').keepMs, 300_000);
    assert.equal(needs('a offset 10m').keepMs, 900_000);
    assert.equal(needs('a', 'rate(b[1h] offset 1d)').keepMs, 90_000_000);
    assert.equal(needs('vector(1)').keepMs, 300_000);
  });

  it('is every metric that they name, or any', () => {
    assert.deepEqual([...needs('sum(a) / on () topk(2, rate(b[5m]))', '-{__name__="c"}').names!], ['a', 'b', 'c']);
    assert.equal(needs('a', 'count({job="x"})').names, null);
  });
});
