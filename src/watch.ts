import { readFileSync } from 'node:fs';
import type { JudgedPool } from './attribution/judged.ts';
import { Cases, type CasesOptions, type Heard } from './cases.ts';
import { nowNs } from './clock.ts';
import type { Config, PoolConfig } from './config/config.ts';
import type { PoolSample, RequestSample, TcpSample } from './decode/sample.ts';
import type { Reading } from './metrics/reading.ts';
import { CgroupTree } from './pools/cgroup.ts';
import { CpuLimits } from './pools/cpulimit.ts';
import type { Pool } from './pools/pool.ts';
import { Procfs } from './pools/procfs.ts';
import type { Log } from './pools/roster.ts';
import { SurroundingsReader } from './pools/surroundings.ts';
import { Tracker } from './pools/tracker.ts';
import { paced } from './probes/paced.ts';
import { Probes } from './probes/probes.ts';
import { Scrapes } from './scrape/scrapes.ts';
import { Thrift } from './thrift.ts';
import type { Anew } from './web/app.ts';
import { scrapedSeconds } from './windows/scraped_seconds.ts';
import { ThiefNames } from './windows/thief_names.ts';
import { ProcThiefReader } from './windows/thief_reader.ts';
import { type Around, type PoolReading, Windows } from './windows/windows.ts';

const LOOK_MS = 100;
const LOOKS_A_SECOND = 10;
/** Of one CPU, for the look at all sockets: about 1 us each. */
const LISTENERS_SHARE = 0.01;

type Build = Pick<Reading, 'build' | 'host'>;

export type WatchOptions = { build: Build } & Pick<CasesOptions, 'state' | 'bootId' | 'log'>;

/** From the kernel to the windows: the probes, the pools and their last seconds, kept going by one timer. */
export class Watch {
  readonly #probes: Probes;
  readonly scrapes: Scrapes;
  readonly #surroundings: SurroundingsReader;
  readonly #tracker: Tracker;
  readonly #windows: Windows;
  readonly #names: ThiefNames;
  readonly #thrift: Thrift;
  readonly #cases: Cases;
  readonly #build: Build;
  readonly #log: Log;
  #timer: NodeJS.Timeout | undefined;
  #looks = 0;
  #lost = 0;
  #refused = 0;
  #indices = new Set<number>();
  /** From which latency on a request is an exemplar, by pool index. */
  readonly #slowNs = new Map<number, number | null>();
  #config: Config;
  #live = false;
  ready = false;

  private constructor(probes: Probes, config: Config, { build, state, bootId, log }: WatchOptions) {
    this.#probes = probes;
    this.#config = config;
    this.#build = build;
    this.#log = log;
    const procfs = new Procfs();
    const cgroups = new CgroupTree(readFileSync('/proc/self/mountinfo', 'utf8'));
    const cpuLimits = new CpuLimits(cgroups);
    this.#surroundings = new SurroundingsReader(cgroups, procfs);
    const listeners = paced(() => probes.listeners(), LISTENERS_SHARE);
    this.#names = new ThiefNames(new ProcThiefReader());
    const windowNs = config.drift.windowSeconds * 1e9;
    this.scrapes = new Scrapes({ pools: config.pools, log, windowNs });
    const { pools } = probes.sched.plan;
    this.#tracker = new Tracker({
      config: { ...config, limits: { pools: Math.min(pools, config.limits.pools) } },
      membership: probes,
      procfs,
      cpuLimits,
      listeners,
      measure: (pool, metric) => this.scrapes.value(pool, metric),
      log,
      selfPid: process.pid,
    });
    this.#windows = new Windows({
      windowNs,
      intervalNs: config.intervalSeconds * 1e9,
      thieves: config.limits.thieves,
      thiefName: (tgid) => this.#names.name(tgid),
    });
    this.#cases = new Cases({ drift: config.drift, state, bootId, log });
    this.#thrift = new Thrift(probes, config.limits.overheadRatio, log);
  }

  /** Loads and attaches the probes and finds the pools. Nothing stays behind where it fails. @throws KernelError */
  static async start(config: Config, options: WatchOptions): Promise<Watch> {
    if (!config.probes.sched) throw new Error('probes.sched is off, and all that pooldrift shows rests on it');
    const probes = await Probes.open(config, (message) => options.log.warn(message));
    try {
      const watch = new Watch(probes, config, options);
      watch.#begin();
      return watch;
    } catch (error) {
      probes.close();
      throw error;
    }
  }

  #begin(): void {
    const { plan } = this.#probes.sched;
    const { limits } = this.#config;
    if (plan.pools < limits.pools || plan.workers < limits.workers) {
      this.#log.warn(
        `limits.memory holds ${plan.pools} pools and ${plan.workers} workers, not ${limits.pools} and ${limits.workers}`,
      );
    }
    this.#tracker.start(performance.now());
    this.#serve();
    this.#sample();
    this.#timer = setInterval(() => this.#look(), LOOK_MS);
    this.ready = true;
  }

  /** Ten times a second: who is active, and what has happened to processes. */
  #look(): void {
    this.#windows.look(this.#probes.sched.activity(), nowNs());
    this.#drain();
    if (++this.#looks % LOOKS_A_SECOND === 0) this.#second();
  }

  #drain(): void {
    this.#probes.drain(
      (event) => {
        this.#names.observe(event);
        this.#tracker.onEvent(event);
      },
      (exemplar) => this.#windows.note(exemplar),
    );
    const lost = this.#probes.sched.rings().reduce((sum, ring) => sum + ring.lost, 0);
    if (lost === this.#lost) return;
    this.#log.warn(`${lost - this.#lost} process events were lost: every process is looked at again`);
    this.#lost = lost;
    this.#tracker.resync(performance.now());
  }

  #second(): void {
    if (this.#looks === LOOKS_A_SECOND) this.#thrift.begin();
    this.#tracker.tick(performance.now());
    this.#serve();
    this.#listen();
    const everySeconds = this.#live ? 1 : this.#config.intervalSeconds;
    if (this.#looks % (LOOKS_A_SECOND * Math.max(1, Math.round(everySeconds))) === 0) this.#sample();
    for (const [index, ns] of this.#slowNs) if (ns !== null) this.#probes.wantExemplars(index, ns);
    this.#dropReleased();
    this.#sayRefused();
    this.#thrift.tick();
  }

  /** Tells the kernel side each pool's ports, and has it look for sockets that are older than it. */
  #serve(): void {
    const changed = this.#tracker.pools().map((pool) => {
      const latency = this.#latencyOf(pool);
      return this.#probes.serve(pool.index, pool.ports, new Set('listen' in latency ? latency.listen : []));
    });
    if (changed.includes(true)) this.#probes.listeners();
  }

  #sample(): void {
    const pools = this.#tracker.pools();
    const all = this.#probes.samples(); // a pool that was released may still hold workers on their way out
    const samples = new Map<number, PoolSample>();
    const requests = new Map<number, RequestSample>();
    const connections = new Map<number, TcpSample>();
    for (const { index } of pools) {
      const [sample, request, tcp] = [all.get(index), this.#probes.requests(index), this.#probes.tcp(index)];
      if (sample === undefined) continue;
      samples.set(index, sample);
      if (request !== null) requests.set(index, request);
      if (tcp !== null) connections.set(index, tcp);
    }
    this.#windows.add(samples, requests, connections, this.#around(pools));
    this.#probes.turnMaxima();
    this.#slowNs.clear();
    for (const { index, name } of pools) {
      const request = requests.get(index);
      if (request === undefined) continue;
      const { p99Ns, trusted, signals } = this.#windows.recent(index, request);
      this.#slowNs.set(index, p99Ns);
      this.#cases.sampled(name, request, signals, trusted);
    }
  }

  /** Each pool's last second, for drift. */
  #listen(): void {
    const pools = this.#tracker.pools();
    for (const pool of pools) this.#cases.second(pool, this.#heard(pool), nowNs(), () => this.#readPool(pool));
    this.#cases.keep(pools, nowNs());
  }

  #heard(pool: Pool): Heard {
    if ('metric' in this.#latencyOf(pool))
      return { seconds: this.scrapes.takeGrown(pool.name).flatMap(scrapedSeconds) };
    const latencies = this.#probes.latencies(pool.index);
    return latencies && { latencies };
  }

  /** By pool index. */
  #around(pools: readonly Pool[]): Map<number, Around> {
    const surroundings = this.#surroundings.read(pools);
    return new Map(
      pools.map((pool) => {
        const { index, name } = pool;
        return [index, { pool, surroundings: surroundings.get(index) ?? null, gc: this.scrapes.gc(name) }];
      }),
    );
  }

  #dropReleased(): void {
    const known = new Set(this.#tracker.pools().map((pool) => pool.index));
    for (const index of this.#indices.difference(known)) this.#windows.drop(index);
    this.#indices = known;
  }

  #sayRefused(): void {
    const refused = this.#probes.sched.workersRefused();
    if (refused === this.#refused) return;
    this.#log.warn(
      `${refused - this.#refused} more workers than limits.workers (${this.#probes.sched.plan.workers}) have room`,
    );
    this.#refused = refused;
  }

  /** Somebody looks at the terminal: a sample each second, not each interval. */
  set live(live: boolean) {
    this.#live = live;
  }

  /** Begins a fresh baseline of a pool. */
  baseline(name: string): Anew {
    const pool = this.#tracker.pools().find((each) => each.name === name);
    if (pool === undefined) return 'unknown';
    const measured = this.#probes.requests(pool.index) !== null || 'metric' in this.#latencyOf(pool);
    if (!measured) return { reason: 'its requests are not measured' };
    return this.#cases.anew(name, nowNs()) ? 'begun' : { reason: 'it has only just been found' };
  }

  /** Everything at this moment; the kernel's counters are read now. */
  read(): Reading {
    const samples = this.#probes.samples();
    return {
      atMs: Date.now(),
      ...this.#build,
      pools: this.#tracker.pools().map((pool) => this.#judged(pool, samples.get(pool.index) ?? null)),
      rings: this.#probes.rings(),
      programs: this.#thrift.programs(),
      memory: this.#probes.memory(),
      overheadRatio: this.#thrift.ratio,
      shed: this.#thrift.shed,
      workersRefused: this.#probes.sched.workersRefused(),
      poolsRefused: this.#tracker.poolsRefused,
      thievesDropped: this.#windows.thievesDropped(),
    };
  }

  #judged(pool: Pool, sample: PoolSample | null): JudgedPool {
    return this.#cases.judged(this.#readPool(pool, sample), nowNs());
  }

  #readPool(pool: Pool, sample = this.#probes.samples().get(pool.index) ?? null): PoolReading {
    const scraped = 'metric' in this.#latencyOf(pool) ? this.scrapes.read(pool.name) : null;
    const [request, tcp] = [this.#probes.requests(pool.index), this.#probes.tcp(pool.index)];
    const relativeVariance = this.#cases.relativeVariance(pool.name);
    return this.#windows.read(pool, sample, { request, tcp, scraped, relativeVariance });
  }

  #latencyOf({ name, ports }: Pool): NonNullable<PoolConfig['latency']> {
    return this.#config.pools.find((pool) => pool.name === name)?.latency ?? { listen: [...ports] };
  }

  /** Takes what can change while it runs; says what cannot. */
  reload(config: Config): void {
    const { limits, probes, drift, intervalSeconds } = this.#config;
    const wanted = [config.limits, config.probes, config.drift, config.intervalSeconds];
    if (JSON.stringify([limits, probes, drift, intervalSeconds]) !== JSON.stringify(wanted))
      this.#log.warn('limits, probes, drift and interval change at the next start');
    this.scrapes.configure(config.pools);
    this.#tracker.reload({ ...config, limits: { pools: this.#probes.sched.plan.pools } }, performance.now());
    this.#thrift.limit = config.limits.overheadRatio;
    const fixed = { probes, drift, intervalSeconds };
    this.#config = { ...config, ...fixed, limits: { ...limits, overheadRatio: config.limits.overheadRatio } };
  }

  close(): void {
    clearInterval(this.#timer);
    this.ready = false;
    this.#cases.close(nowNs());
    this.#thrift.close();
    this.scrapes.close();
    this.#surroundings.close();
    this.#probes.close();
  }
}
