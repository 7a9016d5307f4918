import { parseConfig } from '../../../src/config/parse.ts';
import type { Listener, ProcessEvent } from '../../../src/decode/event.ts';
import type { Procfs } from '../../../src/pools/procfs.ts';
import { Tracker, type TrackerConfig } from '../../../src/pools/tracker.ts';
import type { Measure } from '../../../src/pools/upkeep.ts';
import type { Membership } from '../../../src/probes/types.ts';
import type { FakeHost, FakeProcess } from './fake_proc.ts';

/** Keeps what a Membership is told, with the kernel's rule that nothing is in force before flush(). */
export class Recorder implements Membership {
  readonly inForce = new Map<number, { pool: number; worker: boolean }>();
  readonly policies = new Map<number, { threads: boolean; children: boolean }>();
  readonly released: number[] = [];
  flushes = 0;
  onFlush = () => {};
  #waiting: [number, number | null, boolean][] = [];

  assign(tid: number, pool: number | null, worker: boolean): void {
    this.#waiting.push([tid, pool, worker]);
  }

  policy(pool: number, policy: { threads: boolean; children: boolean }): void {
    this.policies.set(pool, policy);
  }

  release(pool: number): void {
    this.released.push(pool);
  }

  flush(): void {
    this.flushes++;
    for (const [tid, pool, worker] of this.#waiting) {
      if (pool === null) this.inForce.delete(tid);
      else this.inForce.set(tid, { pool, worker });
    }
    this.#waiting = [];
    this.onFlush();
  }

  /** Threads in a pool, ascending; `worker` tells workers from mere members. */
  tids(pool: number, worker = true): number[] {
    const all = [...this.inForce].filter(([, at]) => at.pool === pool && at.worker === worker);
    return all.map(([tid]) => tid).sort((a, b) => a - b);
  }
}

/** A tracker over a made-up host, driven by hand: its clock stands still until tick() is given a time. */
export class Stage {
  readonly host: FakeHost;
  readonly membership = new Recorder();
  readonly lines: string[] = [];
  listeners: Listener[] = [];
  reads = 0;
  tracker!: Tracker;

  readonly measure: Measure;

  constructor(host: FakeHost, measure: Measure = () => ({ value: null, reason: '' })) {
    this.host = host;
    this.measure = measure;
  }

  start(yaml: string): this {
    const log = {
      info: (line: string) => this.lines.push(line),
      warn: (line: string) => this.lines.push(`warn: ${line}`),
    };
    this.tracker = new Tracker({
      config: configOf(yaml),
      membership: this.membership,
      procfs: this.#counted(this.host.procfs),
      cpuLimits: this.host.limits(),
      listeners: () => this.listeners,
      measure: this.measure,
      log,
      selfPid: 999_999,
      uidOf: (name) => (name === 'app' ? 33 : null),
    });
    this.tracker.start(0);
    return this;
  }

  /** Each read of a process's files counts. */
  #counted(procfs: Procfs): Procfs {
    const counted =
      (value: (...args: unknown[]) => unknown) =>
      (...args: unknown[]) => {
        this.reads++;
        return value.apply(procfs, args);
      };
    return new Proxy(procfs, {
      get(target, name) {
        const value = Reflect.get(target, name, target);
        return typeof value === 'function' ? counted(value) : value;
      },
    });
  }

  listen(tgid: number, ...ports: number[]): void {
    this.listeners.push(...ports.map((port): Listener => ({ tgid, port, family: 4, netns: 1 })));
  }

  event(kind: ProcessEvent['kind'], tgid: number, rest: Partial<ProcessEvent> = {}): void {
    this.tracker.onEvent({
      kind,
      tid: tgid,
      tgid,
      parentTgid: 1,
      cgroupId: 1,
      atNs: 0,
      comm: 'x',
      pool: null,
      ...rest,
    });
  }

  /** A program starts: fork by its parent, then exec. */
  run(process: FakeProcess): void {
    this.host.add(process);
    this.event('fork', process.pid, { parentTgid: process.ppid ?? 1 });
    this.event('exec', process.pid, { parentTgid: process.ppid ?? 1 });
  }

  exit(pid: number): void {
    this.host.remove(pid);
    this.membership.inForce.delete(pid);
    this.event('exit', pid);
  }

  names(): string[] {
    return this.tracker.pools().map((pool) => `${pool.index} ${pool.name} [${pool.tgids}]`);
  }
}

export function configOf(yaml: string): TrackerConfig {
  const { config, faults } = parseConfig(yaml, 'test.yaml', 'host');
  if (!config) throw new Error(JSON.stringify(faults));
  return config;
}
