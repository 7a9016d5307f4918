import type { Alerting } from './alerting/alerting.ts';
import type { ReloadReading } from './metrics/alerting.ts';
import { families } from './metrics/families.ts';
import type { Family } from './metrics/metric.ts';
import { ProcessMetrics } from './metrics/process.ts';
import type { Reading } from './metrics/reading.ts';
import type { Watch } from './watch.ts';
import type { Anew } from './web/app.ts';

const OWN = /^(process|nodejs)_/;
/** Questions that come together, as those of `pooldrift top`, are answered of one moment. */
const RECENT_MS = 50;

/** All that is known at one moment, for every output. */
export class Served {
  readonly #own = new ProcessMetrics();
  /** Hears of each reading of beat(). */
  onBeat: (reading: Reading) => void = () => {};
  readonly #watch: Pick<Watch, 'read' | 'baseline'>;
  /** Null until it has begun. */
  alerting: Alerting | null = null;
  #reload: ReloadReading = { successful: true, succeededMs: Date.now() };
  #last: { reading: Reading; monotonicMs: number } | null = null;

  constructor(watch: Pick<Watch, 'read' | 'baseline'>) {
    this.#watch = watch;
  }

  /** How an attempt to read the configuration went. */
  reloaded(successful: boolean): void {
    this.#reload = { successful, succeededMs: successful ? Date.now() : this.#reload.succeededMs };
    this.#last = null;
  }

  /** Begins a fresh baseline of a pool. */
  baseline(pool: string): Anew {
    this.#last = null;
    return this.#watch.baseline(pool);
  }

  read(): Reading {
    const beside = { notifications: this.alerting?.notifications(), reload: this.#reload };
    return { ...this.alerts(), ...this.#watch.read(), ...beside };
  }

  /** What was read for another question a moment ago, or else now. */
  recent(): Reading {
    const last = this.#last;
    if (last !== null && performance.now() - last.monotonicMs < RECENT_MS) return last.reading;
    const reading = this.read();
    this.#last = { reading, monotonicMs: performance.now() };
    return reading;
  }

  /** Of now; nothing of the kernel is read. */
  alerts(): Pick<Reading, 'atMs' | 'alerting'> {
    return { atMs: Date.now(), alerting: this.alerting?.read() };
  }

  /** The daemon's own process metrics. */
  ownFamilies(): Promise<Family[]> {
    return this.#own.families();
  }

  /** Once each interval, for the rules: of what /metrics gives, the families with series of these names; null: all. */
  async beat(names: ReadonlySet<string> | null): Promise<Family[]> {
    const reading = this.read();
    this.onBeat(reading);
    const asked = names === null || [...names].some((name) => OWN.test(name));
    return [...families(reading, names), ...(asked ? await this.ownFamilies() : [])];
  }
}
