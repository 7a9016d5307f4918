import assert from 'node:assert/strict';
import { gauge, quantile, rate, sum } from '../../../dashboards/sources/promql.ts';

const CHOSEN = 'job=~"$job",instance=~"$instance"';

describe('expressions of dashboards', () => {
  it('are of what the variables choose, by pool where the metric has pools', () => {
    assert.equal(gauge('overhead'), `pooldrift_overhead_ratio{${CHOSEN}}`);
    assert.equal(gauge('poolSize'), `pooldrift_pool_size{${CHOSEN},pool=~"$pool"}`);
    assert.equal(
      sum(['state'], rate('poolTime', { state: '!="blocked"' })),
      `sum by (state) (rate(pooldrift_pool_time_seconds_total{${CHOSEN},pool=~"$pool",state!="blocked"}[$__rate_interval]))`,
    );
    assert.equal(
      quantile(0.99, ['pool'], 'tcpRtt'),
      `histogram_quantile(0.99, sum by (pool, le) (rate(pooldrift_tcp_rtt_seconds_bucket{${CHOSEN},pool=~"$pool"}[$__rate_interval])))`,
    );
  });

  it('do not compile with what the catalog does not have', () => {
    // @ts-expect-error: no such metric
    assert.throws(() => gauge('requestP95'));
    // @ts-expect-error: of a gauge there is no rate
    rate('poolSize');
    // @ts-expect-error: the metric has no such label
    gauge('poolSize', { state: '="now"' });
    // @ts-expect-error: nor can it be summed by it
    sum(['thief'], gauge('poolSize'));
    // @ts-expect-error: a label that the sum has taken away
    sum(['pool'], sum(['instance'], gauge('poolSize')));
    // @ts-expect-error: a counter has no buckets
    quantile(0.99, ['pool'], 'poolTime');
  });
});
