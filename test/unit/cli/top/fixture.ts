import type { Shown } from '../../../../src/cli/top/layout.ts';
import { type Drawn, press, START, type View } from '../../../../src/cli/top/view.ts';
import { type ApiPool, apiPools } from '../../../../src/outputs/api.ts';
import type { ApiAlert } from '../../../../src/outputs/api_alerts.ts';
import { apiExplain } from '../../../../src/outputs/explain.ts';
import { pool, reading } from '../../metrics/fixture.ts';

const READING = reading([pool(), pool({ name: 'edge', kind: 'nginx', ports: [443] })]);
const STATUS = apiPools(READING);
const [CHECKOUT, EDGE] = STATUS.pools as [ApiPool, ApiPool];
const NOW = { atMs: Date.UTC(2026, 10, 20, 9, 30), host: { name: 'node-17', cpus: 8 }, shed: [] };

export const FIRING: ApiAlert = {
  labels: { alertname: 'PooldriftP99Drift', pool: 'checkout', severity: 'critical' },
  annotations: { summary: 'The P99 of checkout is 2.7 times what it was' },
  state: 'firing',
  activeAt: '2026-11-20T09:29:00.000Z',
  firedAt: '2026-11-20T09:29:30.000Z',
  value: '2.7',
};
export const PENDING: ApiAlert = {
  ...FIRING,
  labels: { alertname: 'PooldriftWorkersStarved', pool: 'edge' },
  annotations: {},
  state: 'pending',
  firedAt: null,
};

/** One that does not drift. */
export function calm(name: string, change: Partial<ApiPool> = {}): ApiPool {
  return { ...EDGE, pool: name, demand: 1, ...change };
}

/** `checkout` drifts, the others do not; `edge` and `late` are calm. */
export function shown(change: Partial<Shown> = {}, pools: readonly ApiPool[] = STATUS.pools.slice(1)): Shown {
  const drifting = { ...CHECKOUT.requests!, drifting: true, driftRatio: 2.7, baselineP99Seconds: 4.1e-3 };
  const status = { ...STATUS, pools: [...pools, { ...CHECKOUT, requests: drifting }] };
  const look = { status, alerts: [], explained: null };
  return { look, stale: null, url: 'http://127.0.0.1:10435', colour: false, keyboard: true, ...change };
}

export const EXPLAINED = apiExplain(READING.pools[0]!, NOW);

/** What was drawn of pools by these names. */
export function drawn(names: readonly string[], view: View = START, scrollMost = 0): Drawn {
  return { lines: [], names, at: Math.max(0, names.indexOf(view.open ?? view.selected ?? '')), page: 3, scrollMost };
}

/** What keys make of a view in which pools by these names are drawn: names of keys, or what they type. */
export function pressed(keys: readonly string[], names: readonly string[], from: View = START, scrollMost = 0): View {
  return keys.reduce((view, key) => {
    const typed = [...key].length === 1;
    const next = press(
      view,
      { name: typed ? key.toLowerCase() : key, text: typed ? key : '', ctrl: false },
      drawn(names, view, scrollMost),
    );
    if (typeof next === 'string') throw new Error(`${key}: ${next}`);
    return next;
  }, from);
}
