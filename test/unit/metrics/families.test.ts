import assert from 'node:assert/strict';
import { families } from '../../../src/metrics/families.ts';
import { reading } from './fixture.ts';

const seriesOf = (names: ReadonlySet<string> | null) =>
  families(reading(), names).flatMap(({ metric: { name: family }, points }) =>
    points.map(({ suffix = '', labels, value }) => ({ family, name: family + suffix, labels, value })),
  );

describe('families by name', () => {
  const all = seriesOf(null);

  it('are those with a series so named, whole', () => {
    for (const name of new Set(all.map((series) => series.name))) {
      const { family } = all.find((series) => series.name === name)!;
      const expected = all.filter((series) => series.family === family);
      assert.deepEqual(seriesOf(new Set([name])), expected, name);
    }
    assert.ok(new Set(all.map(({ name }) => name)).size > 60);
  });

  it('are none where no series is so named', () => {
    assert.deepEqual(families(reading(), new Set(['go_goroutines'])), []);
  });
});
