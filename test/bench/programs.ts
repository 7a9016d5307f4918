import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** What the kernel's program statistics say of one BPF program; they move only while they are switched on. */
export type ProgramRuns = { id: number; name: string; runs: number; run_ns: number };

/** The BPF programs that these processes hold, in the order of their ids. */
export function programsOf(pids: readonly number[]): ProgramRuns[] {
  const ids = new Set(pids.flatMap(programIds));
  const all = JSON.parse(execFileSync('bpftool', ['-j', 'prog', 'show'], { encoding: 'utf8' })) as Shown[];
  return all
    .filter(({ id }) => ids.has(id))
    .map(({ id, name, run_cnt, run_time_ns }) => ({
      id,
      name: name ?? '',
      runs: run_cnt ?? 0,
      run_ns: run_time_ns ?? 0,
    }));
}

/** BPF programs of others that are loaded now, and may cost what they watch. */
export function programsLoaded(): number {
  return (JSON.parse(execFileSync('bpftool', ['-j', 'prog', 'show'], { encoding: 'utf8' })) as Shown[]).length;
}

/** bpftool leaves the statistics out where they are 0. */
type Shown = { id: number; name?: string; run_cnt?: number; run_time_ns?: number };

function programIds(pid: number): number[] {
  const folder = `/proc/${pid}/fdinfo`;
  return descriptors(folder).flatMap((fd) => {
    const id = /^prog_id:\s+(\d+)/m.exec(readIfThere(`${folder}/${fd}`))?.[1];
    return id === undefined ? [] : [Number(id)];
  });
}

/** None where the process has gone. */
function descriptors(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** Nanoseconds a run between two readings, by program name. */
export function runCosts(before: readonly ProgramRuns[], after: readonly ProgramRuns[]): Map<string, RunCost> {
  const then = new Map(before.map((program) => [program.id, program]));
  const costs = after.map(({ id, name, runs, run_ns }): [string, RunCost] => {
    const grown = runs - (then.get(id)?.runs ?? 0);
    return [name, { runs: grown, ns: (run_ns - (then.get(id)?.run_ns ?? 0)) / grown }];
  });
  return new Map(costs.filter(([, cost]) => cost.runs > 0));
}

export type RunCost = { runs: number; ns: number };
