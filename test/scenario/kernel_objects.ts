import { readdirSync, readFileSync } from 'node:fs';
import { has } from '../lib/build.ts';
import { command } from './verb.ts';

const KINDS = ['prog', 'map', 'link'] as const;

type Shown = { id: number; pinned?: string[] };

/** "prog 42" and so on, for all that a process holds in the kernel by a file descriptor; ids are never used again. */
export function objectsOf(pid: number): Set<string> {
  const held = names(`/proc/${pid}/fdinfo`).flatMap((fd) => objectsIn(read(`/proc/${pid}/fdinfo/${fd}`)));
  return new Set(held);
}

function objectsIn(fdinfo: string): string[] {
  return [...fdinfo.matchAll(/^(prog|map|link)_id:\s*(\d+)$/gm)].map(([, kind, id]) => `${kind} ${id}`);
}

/** Those that are still in the kernel, whoever holds them. */
export async function stillThere(held: ReadonlySet<string>): Promise<string[]> {
  return [...held.intersection(await loaded())];
}

async function loaded(): Promise<Set<string>> {
  const lists = KINDS.map(async (kind) => (await shown(kind)).map(({ id }) => `${kind} ${id}`));
  return new Set((await Promise.all(lists)).flat());
}

/** Objects among `held` that a file of a BPF file system keeps. */
export async function pinned(held: ReadonlySet<string>): Promise<string[]> {
  const lists = KINDS.map(async (kind) =>
    (await shown(kind)).flatMap((one) => (one.pinned ? [`${kind} ${one.id}`] : [])),
  );
  return (await Promise.all(lists)).flat().filter((object) => held.has(object));
}

async function shown(kind: (typeof KINDS)[number]): Promise<Shown[]> {
  const { code, out, err } = await command(['bpftool', '-j', '-f', kind, 'show']);
  if (code !== 0) throw new Error(`bpftool: ${err || out}`);
  return JSON.parse(out) as Shown[];
}

export function noBpftool(): string | null {
  return has('bpftool') ? null : 'not installed: bpftool';
}

function names(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return []; // the process has gone
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
