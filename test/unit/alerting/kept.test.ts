import assert from 'node:assert/strict';
import { KeptAlerts } from '../../../src/alerting/kept.ts';
import { Labels } from '../../../src/rules/labels.ts';
import { loadRules } from '../../../src/rules/load/load.ts';
import { Rules } from '../../../src/rules/run/rules.ts';
import { Store } from '../../../src/rules/store/store.ts';
import { opened } from '../state/state.ts';

const START_MS = Date.UTC(2026, 10, 20);
const SOURCE = { groups: [{ name: 'g', rules: [{ alert: 'High', expr: 'x > 5', for: '10s' }] }] };

/** A daemon's rules on a state folder with a clock of its own. */
function daemon(folder?: string) {
  let nowMs = START_MS;
  const { state, log, folder: at } = opened(folder, () => nowMs);
  let writes = 0;
  const counting = {
    read: state.read.bind(state),
    refuse: state.refuse.bind(state),
    write: (...args: Parameters<typeof state.write>) => {
      writes++;
      return state.write(...args);
    },
  };
  const kept = new KeptAlerts(counting, log);
  const store = new Store({ seriesMax: 100, bytesMax: 2 ** 20, keepMs: 0 });
  const rules = new Rules(store, { samplesMax: 1000, externalLabels: Labels.NONE, intervalMs: 1000 });
  rules.replace(loadRules(JSON.stringify(SOURCE), 'r').groups, nowMs);
  return {
    ...{ state, log, folder: at, rules, writes: () => writes },
    evaluate: (afterMs: number, x: number | null) => {
      nowMs = START_MS + afterMs;
      if (x !== null) store.append(Labels.of({ __name__: 'x' }), nowMs, x);
      rules.evaluate(nowMs);
      kept.save(rules, rules.alerts(), nowMs);
    },
    restore: (afterMs: number) => {
      nowMs = START_MS + afterMs;
      kept.restore(rules, nowMs, 30_000);
    },
    alerts: () => rules.alerts().map(({ phase, activeAtMs }) => [phase, activeAtMs - START_MS]),
  };
}

describe('the alerts in the state folder', () => {
  it('are written when one changes, and once a minute', () => {
    const own = daemon();
    own.evaluate(0, 1);
    assert.equal(own.writes(), 0, 'there is none');
    const writes = [5000, 10_000, 15_000, 20_000, 74_000, 75_000, 76_000].map((afterMs) => {
      own.evaluate(afterMs, 9);
      return own.writes();
    });
    assert.deepEqual(writes, [1, 1, 2, 2, 2, 3, 3], 'pending, firing, and a minute later');
    own.evaluate(80_000, 1);
    assert.equal(own.writes(), 4);
  });

  it('are the same for the next process, which has nothing to write then', () => {
    const first = daemon();
    for (const afterMs of [0, 10_000]) first.evaluate(afterMs, 9);
    first.state.close();
    const second = daemon(first.folder);
    second.restore(20_000);
    assert.deepEqual(second.alerts(), [['firing', 0]]);
    assert.deepEqual(second.log.lines, []);
  });

  it('of more than an hour ago are none', () => {
    const first = daemon();
    for (const afterMs of [0, 10_000]) first.evaluate(afterMs, 9);
    first.state.close();
    const second = daemon(first.folder);
    second.restore(10_000 + 3_600_001);
    assert.deepEqual(second.alerts(), []);
    assert.match(second.log.lines.join(), /over an hour old/);
  });

  it('that make no sense are set aside, and that is said', () => {
    const first = daemon();
    first.state.write('alerts', { format: 1, groups: 'none' }, 'daemon');
    first.state.close();
    const second = daemon(first.folder);
    second.restore(0);
    assert.deepEqual(second.alerts(), []);
    assert.match(
      second.log.lines.join(),
      /warn: what is kept of the alerts: the file is damaged \(it has not the right form\): kept as/,
    );
  });
});
