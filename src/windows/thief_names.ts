import type { ProcessEvent } from '../decode/event.ts';
import { printable } from '../decode/printable.ts';

/** What the naming of thieves asks of the outside; null: it has gone. */
export interface ThiefReader {
  /** Command of the thread group leader and path of its cgroup. */
  process(tgid: number): { comm: string; cgroup: string } | null;
  /** Path of a cgroup by its kernfs node id. */
  cgroupPath(id: number): string | null;
}

/** Most processes remembered, dead ones among them. */
const REMEMBERED_MAX = 4096;

type Remembered = { label: string | null; comm: string; cgroupId: number };

/**
 * tgid -> `stress-ng /batch/report.service`. A living process is asked for; one that has exited is named by its last
 * event, for a thief is often gone by the time its theft is read. A command can be forged, its cgroup cannot.
 */
export class ThiefNames {
  readonly #reader: ThiefReader;
  readonly #living = new Map<number, string>();
  readonly #dead = new Map<number, Remembered>();

  constructor(reader: ThiefReader) {
    this.#reader = reader;
  }

  observe(event: ProcessEvent): void {
    if (event.kind === 'thread-start' || event.kind === 'thread-exit') return;
    if (event.kind === 'exit') this.#bury(event);
    if (event.kind === 'fork') this.#dead.delete(event.tgid);
    this.#living.delete(event.tgid);
  }

  #bury({ tgid, comm, cgroupId }: ProcessEvent): void {
    const label = this.#living.get(tgid) ?? null;
    remember(this.#dead, tgid, { label, comm, cgroupId });
  }

  /** `unknown` where the process has gone and nothing is remembered of it. */
  name(tgid: number): string {
    return this.#living.get(tgid) ?? this.#nameDead(tgid) ?? this.#nameLiving(tgid) ?? 'unknown';
  }

  #nameDead(tgid: number): string | null {
    const dead = this.#dead.get(tgid);
    if (dead === undefined) return null;
    dead.label ??= thiefLabel(dead.comm, this.#reader.cgroupPath(dead.cgroupId) ?? '?');
    return dead.label;
  }

  #nameLiving(tgid: number): string | null {
    const found = this.#reader.process(tgid);
    if (found === null) return null;
    const label = thiefLabel(printable(found.comm), found.cgroup);
    remember(this.#living, tgid, label);
    return label;
  }
}

/** `comm` has passed printable(). */
function thiefLabel(comm: string, cgroup: string): string {
  return `${comm} ${printable(cgroup)}`;
}

/**
 * Command and cgroup of a label; null where it names no process. Anybody can put a slash into a command name, only who
 * manages cgroups can begin one of theirs with it: so the last one that follows a space begins the cgroup.
 */
export function thiefOf(label: string): { comm: string; cgroup: string } | null {
  const [, comm, cgroup] = /^(.*) (\/.*|\?)$/s.exec(label) ?? [];
  return comm === undefined ? null : { comm, cgroup: cgroup! };
}

/** The oldest entry makes room. */
function remember<V>(map: Map<number, V>, key: number, value: V): void {
  map.delete(key);
  if (map.size >= REMEMBERED_MAX) map.delete(map.keys().next().value!);
  map.set(key, value);
}
