import assert from 'node:assert/strict';
import fc from 'fast-check';
import { MESSAGE_BYTES_MAX, type MessageOptions, written } from '../../../../src/outputs/alertmanager/message.ts';
import { type Label, Labels } from '../../../../src/rules/labels.ts';
import type { Alert } from '../../../../src/rules/run/alerts.ts';
import { alert } from './alerts.ts';

const PLAIN: MessageOptions = { externalLabels: Labels.NONE, generatorUrl: null };
const json = (given: Alert, endsAtMs = 9000, options = PLAIN) => written(given, endsAtMs, options).message?.json;
const labelled = (labels: Label[]) => alert('A', { labels: Labels.of(labels) });

describe('a message to Alertmanager', () => {
  it('has labels in the order of bytes, and times', () => {
    assert.equal(
      json(alert('A')),
      '{"labels":{"alertname":"A","pool":"checkout"},"annotations":{"summary":"P99 drifts"},' +
        '"startsAt":"1970-01-01T00:00:02.000Z","endsAt":"1970-01-01T00:00:09.000Z"}',
    );
  });

  it('gets external labels where it has none of the name, and the page', () => {
    const options = {
      externalLabels: Labels.of({ zone: 'eu', pool: 'other' }),
      generatorUrl: 'http://node-17:9095/',
    };
    const message = JSON.parse(json(alert('A'), 9000, options)!);
    assert.deepEqual(message.labels, { alertname: 'A', pool: 'checkout', zone: 'eu' });
    assert.equal(message.generatorURL, 'http://node-17:9095/');
  });

  it('is the same bytes from whatever order, and is read back as it was', () => {
    const name = fc.stringMatching(/^[a-zA-Z_][a-zA-Z0-9_]{0,5}$/);
    const value = fc.string({ unit: 'binary', minLength: 1, maxLength: 20 });
    const entries = fc.uniqueArray(fc.tuple(name, value), { selector: ([key]) => key, minLength: 1 });
    fc.assert(
      fc.property(fc.constant('__proto__'), entries, (odd, pairs) => {
        const all: Label[] = [...pairs.filter(([key]) => key !== odd), [odd, 'x']];
        const text = json(labelled(all))!;
        assert.equal(json(labelled(all.toReversed())), text);
        assert.deepEqual(
          new Map(Object.entries(JSON.parse(text).labels)),
          new Map(Labels.of(all).pairs as [string, string][]),
        );
      }),
    );
  });

  const bad: [string, Alert, number][] = [
    ['without a label', labelled([]), 9000],
    ['with a name that is none', labelled([['a-b', 'x']]), 9000],
    ['with a name in UTF-8', labelled([['größe', 'x']]), 9000],
    ['with an annotation whose name is none', alert('A', { annotations: [['1a', 'x']] }), 9000],
    ['without a time', alert('A', { firedAtMs: Number.NaN }), 9000],
    ['from before all times', alert('A', { firedAtMs: 0 }), 9000],
    ['beyond the year 9999', alert('A'), Date.UTC(10_000, 0)],
    ['of too many bytes', labelled(Array.from({ length: 40 }, (_, i) => [`a${i}`, 'x'.repeat(4000)])), 9000],
  ];
  for (const [what, given, endsAtMs] of bad)
    it(`is not made of an alert ${what}`, () => assert.equal(written(given, endsAtMs, PLAIN).message, null));

  it('cuts what is too long, and counts it', () => {
    const long = alert('A', {
      labels: Labels.of({ a: 'ä'.repeat(2 ** 20), b: 'x' }),
      annotations: [['c', 'y'.repeat(5000)]],
    });
    const { message, textsCut } = written(long, 9000, PLAIN);
    assert.equal(textsCut, 2);
    assert.equal(Buffer.byteLength(JSON.parse(message!.json).annotations.c), 4096);
    assert.ok(message!.bytes === Buffer.byteLength(message!.json) && message!.bytes < MESSAGE_BYTES_MAX);
  });

  it('does not begin after it ends, where the clock was set back', () => {
    const { startsAt, endsAt } = JSON.parse(json(alert('A', { firedAtMs: 50_000 }), 9000)!);
    assert.deepEqual([startsAt, endsAt], ['1970-01-01T00:00:09.000Z', '1970-01-01T00:00:09.000Z']);
  });

  it('has one key through its life, another in the next', () => {
    const key = (firedAtMs: number, endsAtMs: number) =>
      written(alert('A', { firedAtMs }), endsAtMs, PLAIN).message!.key;
    assert.equal(key(2000, 9000), key(2000, 10_000));
    assert.notEqual(key(2000, 9000), key(8000, 9000));
  });
});
