import assert from 'node:assert/strict';
import { DueBook } from '../../../../src/outputs/alertmanager/due.ts';
import type { Alert } from '../../../../src/rules/run/alerts.ts';
import { alert } from './alerts.ts';

const MINUTE = 60_000;
const START = 1_000_000_000;

function book(intervalMs = 5000): DueBook {
  return new DueBook({ resendDelayMs: MINUTE, intervalMs });
}

/** The moments, in seconds after the start, at which an alert is sent; looked at every 5 s. */
function sentAt(due: DueBook, seconds: number, state: (second: number) => Partial<Alert> | null): number[] {
  const sent: number[] = [];
  for (let second = 0; second <= seconds; second += 5) {
    const given = state(second);
    if (due.take(given ? [alert('A', given)] : [], START + second * 1000).length > 0) sent.push(second);
  }
  return sent;
}

const resolved = (atSecond: number): Partial<Alert> => ({ phase: 'resolved', resolvedAtMs: START + atSecond * 1000 });

describe('which alerts are due', () => {
  it('firing ones at once and after each resend delay; pending ones never', () => {
    assert.deepEqual(
      sentAt(book(), 180, () => ({})),
      [0, 60, 120, 180],
    );
    assert.deepEqual(
      sentAt(book(), 180, () => ({ phase: 'pending', firedAtMs: null })),
      [],
    );
  });

  it('one that is resolved at once, then after each resend delay for 15 minutes', () => {
    const sent = sentAt(book(), 2000, (second) => (second < 30 ? {} : resolved(30)));
    assert.deepEqual(sent, [0, 30, ...Array.from({ length: 15 }, (_, i) => 90 + i * 60)]);
  });

  it('one that fires again at once', () => {
    const again = { firedAtMs: START + 20_000 };
    assert.deepEqual(
      sentAt(book(), 60, (second) => (second < 10 ? {} : second < 20 ? resolved(10) : again)),
      [0, 10, 20],
    );
  });

  it('one that was gone, and all after a restart, at once', () => {
    assert.deepEqual(
      sentAt(book(), 40, (second) => (second === 10 ? null : {})),
      [0, 15],
    );
    assert.deepEqual(
      sentAt(book(), 10, () => resolved(-60)),
      [0],
    );
    assert.deepEqual(
      sentAt(book(), 10, () => resolved(-901)),
      [],
    );
  });

  it('with an end four of the larger of delay and interval ahead, or when it was resolved', () => {
    assert.equal(book().take([alert('A')], START)[0]!.endsAtMs, START + 4 * MINUTE);
    assert.equal(book(5 * MINUTE).take([alert('A')], START)[0]!.endsAtMs, START + 20 * MINUTE);
    assert.equal(book().take([alert('A', resolved(-9))], START)[0]!.endsAtMs, START - 9000);
  });

  it('also where the clock was set back', () => {
    const due = book();
    due.take([alert('A')], START);
    assert.equal(due.take([alert('A')], START - 3_600_000).length, 1);
  });
});
