import assert from 'node:assert/strict';
import { apiPools } from '../../../src/outputs/api.ts';
import { page } from '../../../src/web/page.ts';
import { pool, reading } from '../metrics/fixture.ts';

describe('page', () => {
  const status = apiPools(reading([pool(), pool({ index: 1, name: 'slow' })]));
  const pools = status.pools.map((each) => {
    if (each.requests === null) return each;
    const drifting = each.pool === 'slow';
    const requests = { ...each.requests, baselineP99Seconds: 4.1e-3, driftRatio: drifting ? 2.37 : 1, drifting };
    return { ...each, requests: { ...requests, armedInSeconds: 0, cause: drifting ? ('load' as const) : null } };
  });

  it('shows the pool that drifts first, its baseline, how far, why, and how many do', () => {
    const text = page({ ...status, pools });
    const [, first] = /<tbody>\n(<tr.*)\n<tr/.exec(text)!;
    assert.match(first!, /slow go/);
    assert.match(first!, /<td>4\.1 ms<\/td><td class="bad">x2\.37<\/td><td class="left bad">load<\/td>/);
    assert.match(text, /<b class="bad">1 drifting<\/b>/);
    assert.match(text, /<td>x1\.00<\/td>/);
  });

  it('says nothing of drift where none does', () => {
    assert.doesNotMatch(page(status), /drifting/);
  });
});
