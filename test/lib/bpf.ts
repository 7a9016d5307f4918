import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** Ids of the BPF programs that a process holds by a file descriptor, of the program or of its link. */
export function programsOf(pid: number): Set<number> {
  const ids = new Set<number>();
  for (const fd of readdirSync(`/proc/${pid}/fdinfo`)) {
    const id = /^prog_id:\s*(\d+)$/m.exec(info(pid, fd));
    if (id) ids.add(Number(id[1]));
  }
  return ids;
}

function info(pid: number, fd: string): string {
  try {
    return readFileSync(`/proc/${pid}/fdinfo/${fd}`, 'utf8');
  } catch {
    return ''; // closed meanwhile
  }
}

/** Ids of all BPF programs in the kernel. */
export function programsLoaded(): Set<number> {
  const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` };
  const programs: { id: number }[] = JSON.parse(
    execFileSync('bpftool', ['-j', 'prog', 'show'], { encoding: 'utf8', env }),
  );
  return new Set(programs.map(({ id }) => id));
}
