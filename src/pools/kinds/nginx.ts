import { type KindRules, unknown } from './kind.ts';

const WORKER = /^nginx: worker process$/;
const MASTER = /^nginx: master process/;

/** Workers as running, by the titles that nginx sets (src/os/unix/ngx_process_cycle.c): worker_processes may be "auto". */
export const nginx: KindRules = {
  kind: 'nginx',
  recognise: (top) => top.exeName === 'nginx' || top.title.startsWith('nginx: '),
  size(members) {
    const titles = members.map((member) => member.title);
    const workers = titles.filter((title) => WORKER.test(title)).length;
    if (workers > 0) return { size: workers, source: 'processes', reason: `${workers} nginx worker processes` };
    if (titles.some((title) => MASTER.test(title))) return unknown('an nginx master without a worker');
    return { size: 1, source: 'processes', reason: 'nginx without a master process: it is its own worker' };
  },
};
