import type { ApiPool } from '../../outputs/api.ts';
import { COLUMNS, cell, throttledShare, worstFirst } from '../../outputs/columns.ts';

/** One order of the pools; `by` null: the worst first; a number: the greatest first, what is not known last. */
export type Order = { title: string; by: ((pool: ApiPool) => number | string | null) | null };

export const ORDERS: readonly Order[] = [
  { title: 'worst first', by: null },
  { title: 'by P99', by: ({ requests }) => requests?.p99Seconds ?? null },
  { title: 'by drift', by: ({ requests }) => requests?.driftRatio ?? null },
  { title: 'by requests/s', by: ({ requests }) => requests?.requestsPerSecond ?? null },
  { title: 'by run queue', by: (pool) => pool.runqueueWaitP99Seconds },
  { title: 'by throttled', by: throttledShare },
  { title: 'by demand', by: ({ demand }) => demand },
  { title: 'by name', by: ({ pool }) => pool },
];

/** A new list; pools of equal rank stand by name, so that rows keep their places. */
export function ordered(pools: readonly ApiPool[], { by }: Order): ApiPool[] {
  if (by === null) return worstFirst(pools);
  return [...pools].sort((a, b) => compare(by(a), by(b)) || compare(a.pool, b.pool));
}

function compare(a: number | string | null, b: number | string | null): number {
  if (typeof a === 'string' && typeof b === 'string') return a < b ? -1 : a > b ? 1 : 0;
  const [first, second] = [a, b].map((value) => (typeof value === 'number' ? value : Number.NEGATIVE_INFINITY));
  return first === second ? 0 : second! - first!;
}

const SEARCHED = COLUMNS.filter(({ align }) => align === 'left');

/** Those with the text in their name, kind, port, cause or thief, in whatever case. */
export function filtered(pools: readonly ApiPool[], text: string): ApiPool[] {
  const wanted = text.toLowerCase();
  return pools.filter((pool) => SEARCHED.some((column) => cell(column, pool).toLowerCase().includes(wanted)));
}
