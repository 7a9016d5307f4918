import type { ApiPools } from '../outputs/api.ts';
import type { ApiAlert, ApiAlerts } from '../outputs/api_alerts.ts';
import type { ApiExplain } from '../outputs/explain.ts';

const TIMEOUT_MS = 5000;

/** From when on, ISO 8601. */
export type ApiBaseline = { pool: string; at: string };

/** A daemon's own answer that it will not, such as an unknown pool. */
type Refusal = { error?: { message?: string } };

/** Asks a running daemon for its pools. Rejects with an Error for a person. */
export function fetchPools(base: string, signal?: AbortSignal): Promise<ApiPools> {
  return ask<ApiPools>(base, 'api/v1/pools', ({ pools }) => Array.isArray(pools), { signal });
}

/** Asks a running daemon for its alerts, those that fire first. Rejects with an Error for a person. */
export async function fetchAlerts(base: string, signal?: AbortSignal): Promise<ApiAlert[]> {
  return (await ask<ApiAlerts>(base, 'api/v1/alerts', ({ alerts }) => Array.isArray(alerts), { signal })).alerts;
}

/** Asks a running daemon where the tail of a pool is. Rejects with an Error for a person. */
export function fetchExplain(base: string, pool: string, signal?: AbortSignal): Promise<ApiExplain> {
  const path = `api/v1/pools/${encodeURIComponent(pool)}/explain`;
  return ask<ApiExplain>(base, path, ({ budget }) => Array.isArray(budget), { signal });
}

/** Has a running daemon begin a fresh baseline of a pool. Rejects with an Error for a person. */
export function postBaseline(base: string, pool: string): Promise<ApiBaseline> {
  const path = `api/v1/pools/${encodeURIComponent(pool)}/baseline`;
  return ask<ApiBaseline>(base, path, ({ at }) => typeof at === 'string', { method: 'POST' });
}

type Asking = { method?: string; signal?: AbortSignal | undefined };

async function ask<T>(
  base: string,
  path: string,
  isAnswer: (body: T) => boolean,
  { method = 'GET', signal: abort }: Asking,
): Promise<T> {
  const { url, headers } = target(base, path);
  const late = AbortSignal.timeout(TIMEOUT_MS);
  const signal = abort === undefined ? late : AbortSignal.any([late, abort]);
  const response = await fetch(url, { method, headers, redirect: 'error', signal }).catch((error) => {
    throw new Error(unreachable(url, error));
  });
  const body = (await response.json().catch(() => null)) as (T & Refusal) | null;
  if (response.ok && body !== null && isAnswer(body)) return body;
  if (body?.error?.message) throw new Error(`${url.origin} answers: ${body.error.message}`);
  throw new Error(`what answers at ${url.origin} is not pooldrift (HTTP ${response.status})`);
}

/** fetch() refuses a URL that carries a password: it goes into the header. */
function target(base: string, path: string): { url: URL; headers: Record<string, string> } {
  if (!/^https?:\/\//.test(base) || !URL.canParse(base))
    throw new Error(`--url ${JSON.stringify(base)} is no http or https URL`);
  const url = new URL(path, base.endsWith('/') ? base : `${base}/`);
  const login = [url.username, url.password].map(decodeURIComponent).join(':');
  const headers = url.username === '' ? {} : { Authorization: `Basic ${Buffer.from(login).toString('base64')}` };
  url.username = url.password = '';
  return { url, headers };
}

function unreachable(url: URL, error: Error & { cause?: { code?: string; message?: string } }): string {
  if (error.name === 'TimeoutError') return `${url.origin} did not answer within ${TIMEOUT_MS / 1000} s`;
  const why = error.cause?.code === 'ECONNREFUSED' ? 'nothing listens there' : (error.cause?.message ?? error.message);
  return `no pooldrift answers at ${url.origin} (${why}). Start one with "pooldrift run", or say where it is with --url`;
}
