import assert from 'node:assert/strict';
import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import { addingUp } from '../../../src/cli/budget.ts';
import { explanation } from '../../../src/cli/explanation.ts';
import { widthOf } from '../../../src/cli/width.ts';
import { COMPONENTS } from '../../../src/decode/sample.ts';
import { type ApiExplain, apiExplain } from '../../../src/outputs/explain.ts';
import { scaleOf } from '../../../src/outputs/units.ts';
import { matchesGolden } from '../../golden/golden.ts';
import { type Situation, situation } from '../attribution/cases.ts';
import { type Fixture, pool, reading } from '../metrics/fixture.ts';

const ESC = '\u001b';
const PLAIN = { columns: 80, colour: false };
const NOW = { atMs: Date.UTC(2026, 10, 20, 9, 30), host: { name: 'node-17', cpus: 8 }, shed: [] };
const answer = (fixture: Fixture = {}, index = 0): ApiExplain =>
  apiExplain(reading([pool()], fixture).pools[index]!, NOW);
const text = (document: ApiExplain, options = PLAIN) => `${explanation(document, options).join('\n')}\n`;
const of = (case_: Situation) => apiExplain(situation(case_), NOW);

const LATENCY = {
  ...{ metric: 'http_seconds', atNs: 0, windowSeconds: 15, requests: 1200, requestsPerSecond: 80, sumSeconds: null },
  ...{ p50Seconds: 0.002, p99Seconds: 0.04, p999Seconds: 0.05, p99Interval: [0.025, 0.05] as const },
};

describe('the explanation in a terminal', () => {
  for (const columns of [120, 80, 40, 20])
    it(`is what it was at ${columns} columns`, () =>
      matchesGolden(`explain-${columns}.txt`, text(answer(), { ...PLAIN, columns })));

  for (const [name, document] of [
    ['throttled', () => of({ parts: { throttled: 80.2, oncpu: 0.1 }, pool: { size: 24, cpuLimit: 1 } })],
    ['doubted', () => ({ ...answer(), trusted: false, doubt: 'http2' as const })],
    ['silent', () => answer({ requests: [] })],
    ['unmeasured', () => answer({ measured: false })],
    ['metric', () => answer({ scraped: { latency: LATENCY, fault: null } })],
    ['fault', () => answer({ scraped: { latency: null, fault: 'connection refused' } })],
    ['gone', () => answer({}, 1)],
  ] as const)
    it(`is what it was: ${name}`, () => matchesGolden(`explain-${name}.txt`, text(document())));

  it('keeps to the width and lets no name move the cursor, with and without colour', () => {
    const parts = fc.dictionary(fc.constantFrom(...COMPONENTS), fc.double({ min: 1e-4, max: 1e6, noNaN: true }));
    const name = fc.string({ unit: 'binary', maxLength: 60 });
    const stolen = fc.dictionary(
      name.map((comm) => `${comm} /c`),
      fc.nat(9),
    );
    fc.assert(
      fc.property(
        parts,
        stolen,
        name,
        fc.integer({ min: 16, max: 200 }),
        fc.boolean(),
        (split, thieves, n, columns, colour) => {
          const document = of({ parts: split, stolen: thieves, pool: { name: n, sizeReason: n } });
          for (const line of explanation(document, { columns, colour })) {
            const bare = stripVTControlCharacters(line);
            assert.ok(widthOf(bare) <= columns, bare);
            assert.doesNotMatch(bare, /\p{Cc}/u);
          }
        },
      ),
    );
  });

  it('marks the dominating part in bold, in the sixteen colours', () => {
    const coloured = text(answer(), { ...PLAIN, colour: true });
    assert.match(coloured, new RegExp(`${ESC}\\[1m {2}run queue +${ESC}\\[0m${ESC}\\[1;31m█+`));
    assert.ok(coloured.includes(`${ESC}[1mnoisy-neighbour, 52 % of the tail${ESC}[0m`));
    assert.doesNotMatch(coloured, new RegExp(`${ESC}\\[(?!(?:0|1|2|1;31|32|33|35|36)m)`));
  });

  it('hides no part that is not nothing, nor what is unexplained', () => {
    const shown = text(of({ parts: { oncpu: 9, blocked_other: 1, unexplained: -0.5 } }));
    assert.match(shown, /^ {2}blocked {2}other +█+\S* +1\.00 /m);
    assert.match(shown, /^ {2}unexplained +-0\.50 +-5 %$/m);
    assert.match(text(of({ parts: { oncpu: 9 } })), /^ {2}unexplained +0 +0 %$/m);
  });
});

describe('the slowest request', () => {
  const slow = (secondsAgo: number, seconds: number) => ({
    ...{ secondsAgo, seconds, port: 8080, tid: 4711, moved: false },
    budget: [
      { component: 'queue' as const, seconds: seconds * 0.1 },
      { component: 'oncpu' as const, seconds: seconds * 0.02 },
      { component: 'runqueue' as const, seconds: seconds * 0.88 },
    ],
  });
  const row = (...exemplars: ApiExplain['exemplars']) =>
    explanation({ ...answer(), exemplars }, { ...PLAIN, columns: 100 }).find((line) => line.startsWith('Slowest'));

  it('is that of the window, with what it mostly was', () =>
    assert.equal(
      row(slow(30, 9), slow(3.2, 0.049), slow(2, 0.01)),
      'Slowest    49 ms on :8080 · thread 4711 · 3.2 s ago · run queue 43 ms · queue 4.9 ms',
    ));

  it('is not there where none is known', () => assert.equal(row(slow(11, 1)), undefined));
});

describe('figures that add up', () => {
  const sum = (figures: readonly string[]) => figures.reduce((all, figure) => all + Math.round(+figure * 100), 0) / 100;

  it('sum to the rounded sum, each within one last digit', () => {
    const parts = fc.array(fc.double({ min: 0, max: 30, noNaN: true }), { minLength: 1, maxLength: 13 });
    fc.assert(
      fc.property(parts, (milliseconds) => {
        const seconds = milliseconds.map((ms) => ms / 1000);
        const scale = scaleOf(seconds.reduce((a, b) => a + b, 0));
        const figures = addingUp(seconds, scale);
        const whole = seconds.reduce((a, b) => a + b, 0) * scale.factor;
        const last = 10 ** -scale.decimals;
        assert.ok(Math.abs(sum(figures) - whole) <= last / 2 + 1e-6, `${figures} of ${whole}`);
        figures.forEach((figure, i) => {
          assert.ok(Math.abs(+figure - seconds[i]! * scale.factor) < last + 1e-6);
        });
      }),
    );
  });

  it('are of one unit, with three figures of the sum', () => {
    assert.deepEqual(addingUp([0.0004, 0.0058, 0.00504], scaleOf(0.01124)), ['0.4', '5.8', '5.0']);
    assert.deepEqual(addingUp([3.4e-6, 3.4e-6, 3.4e-6], scaleOf(10.2e-6)), ['3.4', '3.4', '3.4']);
    assert.deepEqual(addingUp([0.0333, 0.0333, 0.0333], { unit: 'ms', factor: 1000, decimals: 0 }), ['34', '33', '33']);
  });
});
