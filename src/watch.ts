import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import type { Config } from './config/config.ts';
import type { PoolSample } from './decode/sample.ts';
import type { Reading } from './metrics/reading.ts';
import { CgroupTree } from './pools/cgroup.ts';
import { CpuLimits } from './pools/cpulimit.ts';
import { Procfs } from './pools/procfs.ts';
import type { Log } from './pools/roster.ts';
import { Tracker } from './pools/tracker.ts';
import { ListenProbe } from './probes/listen.ts';
import { ProgramMeter } from './probes/meter.ts';
import { SchedProbe } from './probes/sched.ts';
import { SHEDDABLE } from './probes/types.ts';
import { overheadRatio, Shedding } from './windows/overhead.ts';
import { ThiefNames } from './windows/thief_names.ts';
import { ProcThiefReader } from './windows/thief_reader.ts';
import { Windows } from './windows/windows.ts';

const LOOK_MS = 100;
const LOOKS_A_SECOND = 10;

type Build = Pick<Reading, 'build' | 'host'>;

/** From the kernel to the windows: the probes, the pools and their last seconds, kept going by one timer. */
export class Watch {
  readonly #sched: SchedProbe;
  readonly #listen: ListenProbe;
  readonly #tracker: Tracker;
  readonly #windows: Windows;
  readonly #names: ThiefNames;
  readonly #meter: ProgramMeter;
  readonly #shedding: Shedding<(typeof SHEDDABLE)[number]>;
  readonly #build: Build;
  readonly #log: Log;
  #timer: NodeJS.Timeout | undefined;
  #looks = 0;
  #lost = 0;
  #refused = 0;
  #daemon = { atNs: nowNs(), cpuNs: cpuNs() };
  #overhead: number | null = null;
  #indices = new Set<number>();
  #config: Config;
  #live = false;
  ready = false;

  private constructor(sched: SchedProbe, listen: ListenProbe, config: Config, build: Build, log: Log) {
    this.#sched = sched;
    this.#listen = listen;
    this.#config = config;
    this.#build = build;
    this.#log = log;
    const procfs = new Procfs();
    const cpuLimits = new CpuLimits(new CgroupTree(readFileSync('/proc/self/mountinfo', 'utf8')));
    const listeners = () => listen.listeners();
    this.#names = new ThiefNames(new ProcThiefReader());
    const { pools } = sched.plan;
    const limited = { ...config, limits: { pools: Math.min(pools, config.limits.pools) } };
    this.#tracker = new Tracker({
      config: limited,
      membership: sched,
      procfs,
      cpuLimits,
      listeners,
      log,
      selfPid: process.pid,
    });
    this.#windows = new Windows({
      windowNs: config.drift.windowSeconds * 1e9,
      intervalNs: config.intervalSeconds * 1e9,
      thieves: config.limits.thieves,
      thiefName: (tgid) => this.#names.name(tgid),
    });
    this.#meter = new ProgramMeter(() => [...sched.programs()], nowNs());
    this.#shedding = new Shedding(SHEDDABLE, config.limits.overheadRatio);
  }

  /** Loads and attaches the probes and finds the pools. Nothing stays behind where it fails. @throws KernelError */
  static async start(config: Config, build: Build, log: Log): Promise<Watch> {
    const { limits, probes } = config;
    if (!probes.sched) throw new Error('probes.sched is off, and all that pooldrift shows rests on it');
    const sched = await SchedProbe.open({
      pools: limits.pools,
      workers: limits.workers,
      memoryBytes: limits.memoryBytes,
      ring: probes.ring,
    });
    let listen: ListenProbe | undefined;
    try {
      listen = await ListenProbe.open();
      const watch = new Watch(sched, listen, config, build, log);
      watch.#begin();
      return watch;
    } catch (error) {
      listen?.close();
      sched.close();
      throw error;
    }
  }

  #begin(): void {
    const { plan } = this.#sched;
    const { limits } = this.#config;
    if (plan.pools < limits.pools || plan.workers < limits.workers) {
      this.#log.warn(
        `limits.memory holds ${plan.pools} pools and ${plan.workers} workers, not ${limits.pools} and ${limits.workers}`,
      );
    }
    this.#tracker.start(performance.now());
    this.#sample();
    this.#timer = setInterval(() => this.#look(), LOOK_MS);
    this.ready = true;
  }

  /** Ten times a second: who is active, and what has happened to processes. */
  #look(): void {
    this.#windows.look(this.#sched.activity(), nowNs());
    this.#drain();
    if (++this.#looks % LOOKS_A_SECOND === 0) this.#second();
  }

  #drain(): void {
    this.#sched.drain((event) => {
      this.#names.observe(event);
      this.#tracker.onEvent(event);
    });
    const lost = this.#sched.rings().reduce((sum, ring) => sum + ring.lost, 0);
    if (lost === this.#lost) return;
    this.#log.warn(`${lost - this.#lost} process events were lost: every process is looked at again`);
    this.#lost = lost;
    this.#tracker.resync(performance.now());
  }

  #second(): void {
    // What the start took is not the daemon's share from then on.
    if (this.#looks === LOOKS_A_SECOND) this.#daemon = { atNs: nowNs(), cpuNs: cpuNs() };
    this.#tracker.tick(performance.now());
    const everySeconds = this.#live ? 1 : this.#config.intervalSeconds;
    if (this.#looks % (LOOKS_A_SECOND * Math.max(1, Math.round(everySeconds))) === 0) this.#sample();
    this.#dropReleased();
    this.#sayRefused();
    if (!this.#meter.tick(nowNs())) return;
    this.#measureOverhead();
    const over = this.#overhead !== null && this.#overhead > this.#config.limits.overheadRatio;
    if (over || this.#shedding.off.length > 0) this.#meter.hurry(nowNs());
  }

  #sample(): void {
    this.#windows.add(this.#known(this.#sched.sample()));
  }

  /** A pool that was released may still hold workers on their way out. */
  #known(samples: Map<number, PoolSample>): Map<number, PoolSample> {
    const known = new Set(this.#tracker.pools().map((pool) => pool.index));
    return new Map([...samples].filter(([index]) => known.has(index)));
  }

  #dropReleased(): void {
    const known = new Set(this.#tracker.pools().map((pool) => pool.index));
    for (const index of this.#indices.difference(known)) this.#windows.drop(index);
    this.#indices = known;
  }

  #sayRefused(): void {
    const refused = this.#sched.workersRefused();
    if (refused === this.#refused) return;
    this.#log.warn(
      `${refused - this.#refused} more workers than limits.workers (${this.#sched.plan.workers}) have room`,
    );
    this.#refused = refused;
  }

  #measureOverhead(): void {
    const { rates } = this.#meter;
    const daemon = { atNs: nowNs(), cpuNs: cpuNs() };
    const daemonNs = ((daemon.cpuNs - this.#daemon.cpuNs) * 1e9) / (daemon.atNs - this.#daemon.atNs);
    this.#daemon = daemon;
    if (rates === null) return;
    this.#overhead = overheadRatio({ probes: rates, daemonNs, cpus: availableParallelism() });
    const change = this.#shedding.look(this.#overhead);
    if (change === null) return;
    this.#sched.shed(change.part, change.off);
    const percent = (this.#overhead * 100).toFixed(1);
    this.#log.warn(`overhead ${percent} %: ${change.part} switched ${change.off ? 'off' : 'on again'}`);
  }

  /** Somebody looks at the terminal: a sample each second, not each interval. */
  set live(live: boolean) {
    this.#live = live;
  }

  /** Everything at this moment; the kernel's counters are read now. */
  read(): Reading {
    const samples = this.#sched.sample();
    return {
      atMs: Date.now(),
      ...this.#build,
      pools: this.#tracker.pools().map((pool) => this.#windows.read(pool, samples.get(pool.index) ?? null)),
      rings: this.#sched.rings(),
      programs: this.#meter.programs(),
      memory: [...this.#sched.memory(), ...this.#listen.memory()],
      overheadRatio: this.#overhead,
      workersRefused: this.#sched.workersRefused(),
      poolsRefused: this.#tracker.poolsRefused,
      thievesDropped: this.#windows.thievesDropped(),
    };
  }

  /** Takes what can change while it runs; says what cannot. */
  reload(config: Config): void {
    const { limits, probes, drift, intervalSeconds } = this.#config;
    const fixed = JSON.stringify([limits, probes, drift.windowSeconds, intervalSeconds]);
    const wanted = [config.limits, config.probes, config.drift.windowSeconds, config.intervalSeconds];
    if (fixed !== JSON.stringify(wanted))
      this.#log.warn('limits, probes, drift.window and interval change at the next start');
    this.#tracker.reload({ ...config, limits: { pools: this.#sched.plan.pools } }, performance.now());
    this.#shedding.limit = config.limits.overheadRatio;
    this.#config = { ...config, limits: { ...limits, overheadRatio: config.limits.overheadRatio }, probes };
  }

  close(): void {
    clearInterval(this.#timer);
    this.ready = false;
    this.#meter.close();
    this.#listen.close();
    this.#sched.close();
  }
}

function nowNs(): number {
  return Number(process.hrtime.bigint());
}

function cpuNs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) * 1000;
}
