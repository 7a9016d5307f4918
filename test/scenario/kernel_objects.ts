import { existsSync } from 'node:fs';
import { command } from './verb.ts';

const KINDS = ['prog', 'map', 'link'] as const;

type Shown = { id: number; name?: string; pinned?: string[]; pids?: { pid: number }[] };

async function shown(kind: (typeof KINDS)[number]): Promise<Shown[]> {
  const { code, out, err } = await command(['bpftool', '-j', '-f', kind, 'show']);
  if (code !== 0) throw new Error(`bpftool: ${err || out}`);
  return JSON.parse(out) as Shown[];
}

/** "prog 42" and so on for all that a process holds in the kernel, by bpftool; ids are never used again. */
export async function objectsOf(pid: number): Promise<Set<string>> {
  return objects(({ pids }) => pids?.some((holder) => holder.pid === pid) ?? false);
}

/** Those that are still in the kernel, whoever holds them. */
export async function stillThere(held: ReadonlySet<string>): Promise<string[]> {
  return [...held.intersection(await objects(() => true))];
}

async function objects(wanted: (object: Shown) => boolean): Promise<Set<string>> {
  const found = new Set<string>();
  for (const kind of KINDS) {
    for (const object of (await shown(kind)).filter(wanted)) {
      found.add(`${kind} ${object.id}`);
      if (object.pinned?.length) throw new Error(`${kind} ${object.id} is pinned at ${object.pinned}`);
    }
  }
  return found;
}

export function noBpftool(): string | null {
  const found = ['/usr/sbin', '/usr/local/sbin', '/sbin', '/usr/bin'].some((path) => existsSync(`${path}/bpftool`));
  return found ? null : 'no bpftool';
}
