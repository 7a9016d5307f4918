import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { metricsDocument } from '../../../src/metrics/document.ts';

describe('docs/METRICS.md', () => {
  it('is what scripts/gen-metrics-doc.ts writes', () => {
    const file = new URL('../../../docs/METRICS.md', import.meta.url);
    assert.equal(readFileSync(file, 'utf8'), metricsDocument());
  });
});
