import type { Alerting } from './alerting/alerting.ts';
import type { ReloadReading } from './metrics/alerting.ts';
import { families } from './metrics/families.ts';
import type { Family } from './metrics/metric.ts';
import { ProcessMetrics } from './metrics/process.ts';
import type { Reading } from './metrics/reading.ts';
import type { Watch } from './watch.ts';

const OWN = /^(process|nodejs)_/;

/** All that is known at one moment, for every output. */
export class Served {
  readonly #own = new ProcessMetrics();
  /** Hears of each reading of beat(). */
  onBeat: (reading: Reading) => void = () => {};
  readonly #watch: Watch;
  /** Null until it has begun. */
  alerting: Alerting | null = null;
  #reload: ReloadReading = { successful: true, succeededMs: Date.now() };

  constructor(watch: Watch) {
    this.#watch = watch;
  }

  /** How an attempt to read the configuration went. */
  reloaded(successful: boolean): void {
    this.#reload = { successful, succeededMs: successful ? Date.now() : this.#reload.succeededMs };
  }

  read(): Reading {
    const { alerting } = this;
    const beside = { alerting: alerting?.read(), notifications: alerting?.notifications(), reload: this.#reload };
    return { ...this.#watch.read(), ...beside };
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
