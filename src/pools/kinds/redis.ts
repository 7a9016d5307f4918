import type { ProcessView } from '../view.ts';
import { type KindRules, type Sized, sum } from './kind.ts';

const SERVER = /^(redis|valkey)-server$/;

/** Debian's redis-server is a link to redis-check-rdb: the command name is looked at too. */
export const redis: KindRules = {
  kind: 'redis',
  recognise: (top) => SERVER.test(top.exeName) || SERVER.test(top.comm),
  size: (members) => sum(members.map(sizeOf)),
};

/** Redis starts io-threads - 1 threads called io_thd_N beside the main one (src/networking.c); bio_* work for it only. */
function sizeOf(view: ProcessView): Sized {
  const helpers = view.tasks.filter((task) => task.comm.startsWith('io_thd_')).length;
  return { size: 1 + helpers, source: 'threads', reason: `1 main thread + ${helpers} I/O threads` };
}
