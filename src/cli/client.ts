import type { ApiPools } from '../outputs/api.ts';
import type { ApiExplain } from '../outputs/explain.ts';

const TIMEOUT_MS = 5000;

/** From when on, ISO 8601. */
export type ApiBaseline = { pool: string; at: string };

/** A daemon's own answer that it will not, such as an unknown pool. */
type Refusal = { error?: { message?: string } };

/** Asks a running daemon for its pools. Rejects with an Error for a person. */
export function fetchPools(base: string): Promise<ApiPools> {
  return ask<ApiPools>(base, 'api/v1/pools', ({ pools }) => Array.isArray(pools));
}

/** Asks a running daemon where the tail of a pool is. Rejects with an Error for a person. */
export function fetchExplain(base: string, pool: string): Promise<ApiExplain> {
  const path = `api/v1/pools/${encodeURIComponent(pool)}/explain`;
  return ask<ApiExplain>(base, path, ({ budget }) => Array.isArray(budget));
}

/** Has a running daemon begin a fresh baseline of a pool. Rejects with an Error for a person. */
export function postBaseline(base: string, pool: string): Promise<ApiBaseline> {
  const path = `api/v1/pools/${encodeURIComponent(pool)}/baseline`;
  return ask<ApiBaseline>(base, path, ({ at }) => typeof at === 'string', 'POST');
}

async function ask<T>(base: string, path: string, isAnswer: (body: T) => boolean, method = 'GET'): Promise<T> {
  const { url, headers } = target(base, path);
  const signal = AbortSignal.timeout(TIMEOUT_MS);
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
