import type { Listener } from '../decode/event.ts';
import type { Procfs } from './procfs.ts';
import type { ProcessView } from './view.ts';

/** Deepest line of ancestors that is looked at. */
const MAX_DEPTH = 16;

/**
 * Who holds which listening socket at one moment, and who descends from whom. systemd's own descriptors do not count:
 * it holds a socket-activated service's sockets without serving them.
 */
export class Listening {
  readonly listeners: readonly Listener[];
  readonly #procfs: Procfs;
  readonly #holders: Map<number, Set<number>>;
  readonly #ports: Map<number, Listener[]>;
  readonly #parents = new Map<number, number>();

  constructor(listeners: readonly Listener[], procfs: Procfs) {
    const systemd = procfs.comm(1) === 'systemd';
    this.listeners = systemd ? listeners.filter((listener) => listener.tgid !== 1) : listeners;
    this.#procfs = procfs;
    this.#ports = Map.groupBy(this.listeners, (listener) => listener.tgid);
    this.#holders = new Map();
    for (const [port, group] of Map.groupBy(this.listeners, (listener) => listener.port)) {
      this.#holders.set(port, new Set(group.map((listener) => listener.tgid)));
    }
  }

  /** Processes that hold a listening socket on a port, in whichever network namespace. */
  holders(port: number): ReadonlySet<number> {
    return this.#holders.get(port) ?? new Set();
  }

  /**
   * Whether a process serves what these hold: it is one of them, or their descendant by processes of one binary
   * (nginx's, PostgreSQL's, Node cluster's workers). A helper that runs another program is no worker, and a
   * descendant that listens elsewhere serves that.
   */
  serves(view: ProcessView, holders: ReadonlySet<number>): boolean {
    if (holders.has(view.pid)) return true;
    const line = holders.size > 0 && !this.#ports.has(view.pid) ? this.#ancestors(view.pid) : [];
    const found = line.findIndex((pid) => holders.has(pid));
    return found >= 0 && view.exe !== '' && line.slice(0, found + 1).every((pid) => this.#procfs.exe(pid) === view.exe);
  }

  /** Ports that any of these processes listens on, ascending. */
  portsOf(tgids: Iterable<number>): number[] {
    const ports = [...tgids].flatMap((tgid) => this.#ports.get(tgid) ?? []).map((listener) => listener.port);
    return [...new Set(ports)].sort((a, b) => a - b);
  }

  #ancestors(pid: number): number[] {
    const line: number[] = [];
    for (let at = this.#parent(pid); at > 1 && line.length < MAX_DEPTH; at = this.#parent(at)) line.push(at);
    return line;
  }

  #parent(pid: number): number {
    const known = this.#parents.get(pid) ?? this.#procfs.ppid(pid) ?? 0;
    this.#parents.set(pid, known);
    return known;
  }

  /** Parents are remembered for one pass only: ids come again. */
  forgetParents(): void {
    this.#parents.clear();
  }
}
