import { availableParallelism } from 'node:os';
import { nowNs } from './clock.ts';
import type { Log } from './pools/roster.ts';
import { ProgramMeter } from './probes/meter.ts';
import type { Probes } from './probes/probes.ts';
import { type ProgramStats, SHEDDABLE, type Sheddable } from './probes/types.ts';
import { judgedRatio, overheadRatio, Shedding } from './windows/overhead.ts';

/** Measures what pooldrift itself takes of the host, and gives work up where that is over `limits.overhead`. */
export class Thrift {
  readonly #probes: Probes;
  readonly #meter: ProgramMeter;
  readonly #shedding: Shedding<Sheddable>;
  readonly #log: Log;
  #limit: number;
  #daemon = { atNs: nowNs(), cpuNs: cpuNs() };
  #ratio: number | null = null;

  constructor(probes: Probes, limit: number, log: Log) {
    this.#probes = probes;
    this.#limit = limit;
    this.#log = log;
    this.#meter = new ProgramMeter(() => probes.programs(), nowNs());
    this.#shedding = new Shedding(SHEDDABLE, limit);
  }

  set limit(ratio: number) {
    this.#limit = ratio;
    this.#shedding.limit = ratio;
  }

  /** Share of the host's CPU time; null: not yet measured. */
  get ratio(): number | null {
    return this.#ratio;
  }

  /** What is given up now. */
  get shed(): readonly Sheddable[] {
    return this.#shedding.off;
  }

  programs(): ProgramStats[] {
    return this.#meter.programs();
  }

  /** What the start took is not the daemon's share from now on. */
  begin(): void {
    this.#daemon = { atNs: nowNs(), cpuNs: cpuNs() };
  }

  /** Once a second. */
  tick(): void {
    if (!this.#meter.tick(nowNs())) return;
    this.#measure();
    const over = this.#ratio !== null && this.#ratio > this.#limit;
    if (over || this.#shedding.off.length > 0) this.#meter.hurry(nowNs());
  }

  #measure(): void {
    const { rates } = this.#meter;
    const daemon = { atNs: nowNs(), cpuNs: cpuNs() };
    const daemonNs = ((daemon.cpuNs - this.#daemon.cpuNs) * 1e9) / (daemon.atNs - this.#daemon.atNs);
    this.#daemon = daemon;
    if (rates === null) return;
    const usage = { probes: rates, daemonNs, cpus: availableParallelism() };
    this.#ratio = overheadRatio(usage);
    const change = this.#shedding.look(judgedRatio(usage, this.#limit));
    if (change === null) return;
    this.#probes.shed(change.part, change.off);
    const percent = (this.#ratio * 100).toFixed(1);
    this.#log.warn(`overhead ${percent} %: ${change.part} switched ${change.off ? 'off' : 'on again'}`);
  }

  close(): void {
    this.#meter.close();
  }
}

function cpuNs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) * 1000;
}
