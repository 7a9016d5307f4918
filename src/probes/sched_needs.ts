import { tracepointArguments } from '../kernel/btf.ts';
import { KernelError } from '../kernel/errors.ts';

/** The programs in the order in which they are attached: switches last, when all that they lean on is there. */
export const PROGRAMS = {
  on_process_fork: 'sched_process_fork',
  on_process_exec: 'sched_process_exec',
  on_process_exit: 'sched_process_exit',
  on_process_free: 'sched_process_free',
  on_task_rename: 'task_rename',
  on_cgroup_attach_task: 'cgroup_attach_task',
  on_sched_migrate_task: 'sched_migrate_task',
  on_sched_waking: 'sched_waking',
  on_sched_switch: 'sched_switch',
} as const;

const ARGUMENTS_WITH_PREV_STATE = 4;

/** What the running kernel's scheduler tracepoints look like. @throws KernelError no-tracepoint */
export function inspectTracepoints(): { hasPrevState: boolean } {
  const found = tracepointArguments(Object.values(PROGRAMS));
  if (found === null)
    throw new KernelError('no-btf', "this kernel's BTF cannot be read", { remedy: 'pooldrift doctor' });
  for (const [name, count] of found) {
    if (count === null) {
      throw new KernelError('no-tracepoint', `this kernel's BTF has no tracepoint ${name}`, {
        remedy: 'The scheduler probe needs a kernel >= 5.15 with CONFIG_DEBUG_INFO_BTF: pooldrift doctor',
      });
    }
  }
  return { hasPrevState: found.get('sched_switch')! >= ARGUMENTS_WITH_PREV_STATE };
}
