import { printable } from '../decode/printable.ts';
import type { Listening } from './listening.ts';
import type { Rule } from './match.ts';
import type { Procfs } from './procfs.ts';
import { ProcessView } from './view.ts';

/** Processes of one binary that hold the same listening sockets. */
export type Group = { exe: string; holders: ReadonlySet<number>; top: number; ports: readonly number[] };

/** Groups of processes that listen on TCP, `self` not among them, in the order of their top process's id. */
export function groups(listening: Listening, procfs: Procfs, self: number): Group[] {
  const sets = new Map<string, Found>();
  for (const { tgid, port, netns } of listening.listeners) {
    const exe = tgid === self ? null : procfs.exe(tgid);
    if (exe) join(sets, [`process ${tgid}`, `${netns}:${port}:${exe}`], { exe, tgids: [tgid], ports: [port] });
  }
  return [...new Set(sets.values())].map((found) => group(found, procfs)).sort((a, b) => a.top - b.top);
}

type Found = { exe: string; tgids: number[]; ports: number[] };

/** What shares any of these keys is one group. */
function join(sets: Map<string, Found>, keys: string[], found: Found): void {
  const old = new Set(keys.map((key) => sets.get(key)).filter((set) => set !== undefined));
  const all = [...old, found];
  const merged = { exe: found.exe, tgids: all.flatMap((set) => set.tgids), ports: all.flatMap((set) => set.ports) };
  for (const key of keys) sets.set(key, merged);
  for (const [key, set] of old.size > 0 ? sets : []) if (old.has(set)) sets.set(key, merged);
}

function group(found: Found, procfs: Procfs): Group {
  const holders = new Set(found.tgids);
  const ascending = [...holders].sort((a, b) => a - b);
  const top = ascending.find((tgid) => !holders.has(procfs.ppid(tgid) ?? 0)) ?? ascending[0]!;
  return { exe: found.exe, holders, top, ports: [...new Set(found.ports)].sort((a, b) => a - b) };
}

/** Transient units are numbered: their names would not come again. */
const NUMBERED_UNIT = /^run-[a-z]?[0-9a-f]+\.service$/;

/** The service's name, else the top process's command name; Node's says "MainThread", so its binary's there. */
export function nameOf(group: Group, procfs: Procfs): string {
  const view = new ProcessView(group.top, procfs);
  const { unit } = view;
  if (unit?.endsWith('.service') && !NUMBERED_UNIT.test(unit)) return printable(unit.slice(0, -'.service'.length));
  const plain =
    view.comm === 'MainThread' || view.comm === '' ? group.exe.slice(group.exe.lastIndexOf('/') + 1) : view.comm;
  return printable(plain);
}

/** Names to try in turn while others have them. */
export function* namesOf(group: Group, procfs: Procfs): Generator<string> {
  const name = nameOf(group, procfs);
  yield name;
  yield `${name}:${group.ports[0]}`;
  for (let n = 2; ; n++) yield `${name}:${group.ports[0]}#${n}`;
}

/** A found group as a rule. `current` gives the group as the last look saw it. */
export function groupRule(current: () => Group): Rule {
  return {
    test: (view, listening, member) =>
      member || (view.exe === current().exe && listening.serves(view, current().holders)),
    children: true,
    listenOnly: true,
    drifts: false,
    port: null,
  };
}
