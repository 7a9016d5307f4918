import type { Reading } from '../../metrics/reading.ts';
import { apiAlerts } from '../../outputs/api_alerts.ts';
import { type LivePool, type LiveUpdate, liveStatus } from '../../outputs/live.ts';
import { shorter } from './event.ts';

/** What the clients know: the difference to it is all that they are sent. */
export class LiveState {
  readonly #texts = new Map<string, string>();
  #pools: readonly LivePool[] = [];
  #rest: Pick<LiveUpdate, 'status' | 'order' | 'alerts'> = {};
  #atMs = 0;

  /** `pools`: those of the reading, the worst first. What of it is new. */
  take(reading: Reading, pools: readonly LivePool[], stepped: boolean): LiveUpdate {
    const names = pools.map(({ pool }) => pool);
    const rest = { status: liveStatus(reading), order: names, alerts: apiAlerts(reading).alerts };
    const changed = pools.filter((pool) => this.#isNew(pool.pool, pool));
    this.#atMs = reading.atMs;
    this.#pools = pools;
    this.#rest = rest;
    const kept = new Set(names.map((name) => `pool ${name}`));
    for (const key of this.#texts.keys()) if (key.startsWith('pool ') && !kept.has(key)) this.#texts.delete(key);
    return {
      atMs: reading.atMs,
      ...(stepped && { stepped }),
      pools: changed,
      ...(this.#differs('status', rest.status) && { status: rest.status }),
      ...(this.#differs('order', rest.order) && { order: rest.order }),
      ...(this.#differs('alerts', rest.alerts) && { alerts: rest.alerts }),
    };
  }

  #isNew(name: string, pool: LivePool): boolean {
    return this.#differs(`pool ${name}`, pool);
  }

  #differs(key: string, value: unknown): boolean {
    const text = JSON.stringify(value, shorter);
    if (this.#texts.get(key) === text) return false;
    this.#texts.set(key, text);
    return true;
  }

  /** All that they know. */
  whole(): LiveUpdate {
    return { atMs: this.#atMs, whole: true, pools: [...this.#pools], ...this.#rest };
  }
}
