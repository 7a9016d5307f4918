import { type Board, built, uidOf } from './board.ts';
import { FLEET } from './fleet.ts';
import { POOL } from './pool.ts';
import { SELF } from './self.ts';
import { TCP } from './tcp.ts';

export const BOARDS: readonly Board[] = [FLEET, POOL, TCP, SELF];

/** The text of each file in dashboards/grafana, by its name. */
export function generated(): Map<string, string> {
  return new Map(BOARDS.map((board) => [`${uidOf(board)}.json`, `${JSON.stringify(built(board), null, 2)}\n`]));
}
