import type { CgroupFiles } from './cgroup_files.ts';

/** CPU time of the whole host since it started, in seconds summed over its CPUs: the first line of /proc/stat. */
export type HostCpu = {
  /** All that CPUs did, idling and stolen time included: grows by the number of CPUs a second. */
  totalSeconds: number;
  /** User, system and interrupts. */
  busySeconds: number;
  /** Hard and soft interrupts; part of `busySeconds`. */
  interruptSeconds: number;
  /** The hypervisor ran somebody else. */
  stealSeconds: number;
  ioWaitSeconds: number;
};

/** USER_HZ is 100 on every architecture that pooldrift runs on. */
const TICKS_PER_SECOND = 100;

/** Null where it cannot be read. Guest time is in `user` and `nice` already: proc_stat(5). */
export function hostCpu(files: CgroupFiles, file = '/proc/stat'): HostCpu | null {
  const fields = /^cpu +(.+)/
    .exec(files.text(file) ?? '')?.[1]
    ?.split(' ')
    .map(Number);
  if (fields === undefined || fields.length < 8 || fields.some(Number.isNaN)) return null;
  const seconds = fields.map((ticks) => ticks / TICKS_PER_SECOND);
  const [user, nice, system, idle, ioWait, irq, softirq, steal] = seconds as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const busySeconds = user + nice + system + irq + softirq;
  return {
    totalSeconds: busySeconds + idle + ioWait + steal,
    busySeconds,
    interruptSeconds: irq + softirq,
    stealSeconds: steal,
    ioWaitSeconds: ioWait,
  };
}
