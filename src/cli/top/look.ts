import type { Reading } from '../../metrics/reading.ts';
import { type ApiPools, apiPools } from '../../outputs/api.ts';
import { type ApiAlert, apiAlerts } from '../../outputs/api_alerts.ts';
import { type ApiExplain, apiExplain } from '../../outputs/explain.ts';
import { fetchAlerts, fetchExplain, fetchPools } from '../client.ts';

/** What the screen shows of one moment. */
export type Look = {
  status: ApiPools;
  /** Those that fire first. */
  alerts: ApiAlert[];
  /** Of the pool that was asked for; null: none was, or the daemon knows it no more. */
  explained: ApiExplain | null;
};

/** Looks at the pools, and into `pool`. Rejects with an Error for a person. */
export type Source = (pool: string | null, signal: AbortSignal) => Promise<Look>;

/** A running daemon. One that tells no alerts is shown without. */
export function daemonAt(url: string): Source {
  return async (pool, signal) => {
    const [status, alerts, explained] = await Promise.all([
      fetchPools(url, signal),
      fetchAlerts(url, signal).catch(() => []),
      pool === null ? null : fetchExplain(url, pool, signal).catch(() => null),
    ]);
    return { status, alerts, explained };
  };
}

/** This very process. */
export function ownDaemon(read: () => Reading): Source {
  return async (pool) => {
    const reading = read();
    const found = reading.pools.find((judged) => judged.pool.name === pool);
    return {
      status: apiPools(reading),
      alerts: apiAlerts(reading).alerts,
      explained: found === undefined ? null : apiExplain(found, reading),
    };
  };
}
