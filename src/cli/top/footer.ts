import { count } from '../../outputs/units.ts';
import type { Piece } from '../line.ts';
import { type Sheet, wrap } from '../paragraph.ts';
import { ORDERS } from './order.ts';
import type { View } from './view.ts';

/** How much of a list is seen, from 0 on. */
export type Place = { first: number; page: number; all: number };

/** The line below the table: what is chosen, and the keys that matter there. */
export function tableKeys({ filter, typing, order }: View, place: Place, keyboard: boolean): Piece[] {
  const found: Piece = { text: filter === '' ? '' : `filter "${filter}": ${count(place.all)}`, need: 1, tone: 'warn' };
  const sorted: Piece = { text: ORDERS[order]!.title, need: order === 0 ? 7 : 2, tone: order === 0 ? null : 'warn' };
  const seen: Piece = { text: placed(place), need: 3 };
  if (!keyboard) return [seen];
  if (typing)
    return [
      { text: `/${filter}_`, need: 0, tone: 'strong' },
      { text: 'Enter keeps', need: 2 },
      { text: 'Esc clears', need: 3 },
    ];
  const keys = [
    { text: 'Enter explains', need: 5 },
    { text: '/ filters', need: 6 },
    { text: 's sorts', need: 6 },
    { text: '? keys', need: 4 },
    { text: 'q quits', need: 0 },
  ];
  return [found, sorted, seen, ...keys];
}

/** The line below an explanation, or below the keys. */
export function scrollingKeys({ help }: View, place: Place, keyboard: boolean): Piece[] {
  const seen: Piece = { text: placed(place), need: 1 };
  const keys = [
    { text: 'Esc back', need: 0 },
    { text: 'up down scroll', need: 4 },
    { text: help ? '' : 'n p next pool', need: 5 },
    { text: help ? '' : '? keys', need: 3 },
    { text: 'q quits', need: 2 },
  ];
  return keyboard ? [seen, ...keys] : [seen];
}

function placed({ first, page, all }: Place): string {
  return all <= page ? '' : `${count(first + 1)}-${count(Math.min(all, first + page))} of ${count(all)}`;
}

const KEYS: readonly (readonly [keys: string, does: string])[] = [
  ['up down', 'choose a pool, scroll; also j k, PgUp PgDn, Home End'],
  ['Enter', 'explain it; back'],
  ['n p', 'explain the next pool, the one before'],
  ['/', 'filter by name, kind, port, cause, thief'],
  ['s S', `sort: ${ORDERS.map(({ title }) => title).join(', ')}`],
  ['Esc', 'back; all pools again'],
  ['Ctrl-L', 'draw anew'],
  ['Ctrl-Z', 'suspend'],
  ['q', 'quit; also Ctrl-C'],
  ['> !', 'before a pool: chosen; drifting'],
];

/** Every key. */
export function allKeys({ labelled, width }: Sheet): string[] {
  return KEYS.flatMap(([keys, does]) => labelled(keys, wrap(does, width)));
}
