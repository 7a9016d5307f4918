import assert from 'node:assert/strict';
import type { JudgedPool } from '../../../src/attribution/judged.ts';
import { CATALOG } from '../../../src/metrics/catalog.ts';
import { encode } from '../../../src/metrics/encode.ts';
import { families } from '../../../src/metrics/families.ts';
import { EPISODE, situation } from '../attribution/cases.ts';
import { reading } from './fixture.ts';

const DRIFTS = situation({ parts: { runqueue: 8, oncpu: 2 }, was: { parts: { runqueue: 0.5, oncpu: 2 } } });
const text = (judged: JudgedPool) => encode(families({ ...reading([]), pools: [judged] }), 'text');
const settled: JudgedPool = { ...DRIFTS, episode: { ...EPISODE, cause: 'noisy-neighbour', settledMs: 0 } };
const value = (name: string, all: string) => all.match(new RegExp(`^${name}(?:\\{[^}]*\\})? (.+)$`, 'm'))?.[1];

describe('metrics of drift', () => {
  it('hold P99 against the baseline', () => {
    const p99Seconds = DRIFTS.request!.p99Ns! / 1e9;
    const all = text(DRIFTS);
    assert.equal(Number(value('pooldrift_request_p99_baseline_seconds', all)), p99Seconds / 2);
    assert.equal(value('pooldrift_request_p99_drift_ratio', all), '2');
  });

  it('split the slowest requests of the baseline beside those of now', () => {
    const all = text(DRIFTS);
    assert.match(all, /_tail_seconds\{pool="checkout",component="runqueue",when="now"\} 0\.008$/m);
    assert.match(all, /_tail_seconds\{pool="checkout",component="runqueue",when="baseline"\} 0\.0005$/m);
  });

  it('have an episode when its cause is settled, and under no other name before', () => {
    assert.match(text(settled), /^pooldrift_drift_episode\{pool="checkout",cause="noisy-neighbour"\} 1$/m);
    assert.doesNotMatch(text(DRIFTS), /pooldrift_drift_episode\{/);
    assert.doesNotMatch(text({ ...settled, episode: null }), /pooldrift_drift_episode\{/);
  });

  it('are not there before the baseline is armed', () => {
    const drift = { ...DRIFTS.drift!, baseline: null, armedInSeconds: 60 };
    assert.doesNotMatch(text({ ...DRIFTS, drift, episode: null }), /baseline(_seconds\{|")|drift_ratio\{/);
  });

  it('have exactly the labels that are written', () => {
    const episode = families({ ...reading([]), pools: [settled] }).find(
      ({ metric }) => metric === CATALOG.driftEpisode,
    )!;
    const labels = [...episode.points[0]!.labels.matchAll(/([a-z_]+)="/g)].map(([, label]) => label!);
    assert.deepEqual(labels.sort(), Object.keys(CATALOG.driftEpisode.labels).sort());
  });
});
