import { readdirSync, readFileSync } from 'node:fs';

export type Schedstat = { oncpuNs: number; runDelayNs: number; timeslices: number };

/** Kernel: Documentation/scheduler/sched-stats.rst, "/proc/<pid>/schedstat". The current slice and wait are not in it. */
export function schedstat(pid: number, tid: number): Schedstat {
  const [oncpu, delay, slices] = readFileSync(`/proc/${pid}/task/${tid}/schedstat`, 'utf8').split(' ').map(Number);
  return { oncpuNs: oncpu!, runDelayNs: delay!, timeslices: slices! };
}

/** Sum over threads. */
export function schedstatOf(pid: number, tids: readonly number[]): Schedstat {
  const sum = { oncpuNs: 0, runDelayNs: 0, timeslices: 0 };
  for (const tid of tids) {
    const one = schedstat(pid, tid);
    sum.oncpuNs += one.oncpuNs;
    sum.runDelayNs += one.runDelayNs;
    sum.timeslices += one.timeslices;
  }
  return sum;
}

/** Context switches of the host since boot. */
export function contextSwitches(): number {
  return Number(/^ctxt (\d+)$/m.exec(readFileSync('/proc/stat', 'utf8'))![1]);
}

/** What the hypervisor took from all CPUs since boot. /proc/stat counts it in USER_HZ, a hundredth of a second. */
export function stealNs(): number {
  return Number(readFileSync('/proc/stat', 'utf8').split('\n', 1)[0]!.split(/ +/)[8]) * 1e7;
}

/** Whether two CPUs are threads of one core. */
export function siblings(a: number, b: number): boolean {
  const core = (cpu: number) => readFileSync(`/sys/devices/system/cpu/cpu${cpu}/topology/thread_siblings_list`, 'utf8');
  return core(a) === core(b);
}

export function threadsOf(pid: number): number[] {
  return readdirSync(`/proc/${pid}/task`).map(Number);
}

export function childrenOf(pid: number): number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return text === '' ? [] : text.split(' ').map(Number);
}

/** CLOCK_MONOTONIC, as libuv's hrtime reads it. */
export function nowNs(): number {
  return Number(process.hrtime.bigint());
}
