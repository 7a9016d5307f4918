import type { PoolDrift } from '../../../src/drift/pool_drift.ts';
import type { DriftChange, Second } from '../../../src/drift/types.ts';
import { secondOf, seeded } from './load.ts';

/** A pool's time goes on: seconds of it are fed to a detector. */
export class Course {
  drift: PoolDrift;
  rate: number;
  atNs = 1e15;
  readonly #random: () => number;

  constructor(drift: PoolDrift, rate: number, seed: number) {
    this.drift = drift;
    this.rate = rate;
    this.#random = seeded(seed);
  }

  /** The next second, of so many seconds' requests. */
  second(level = 1, seconds = 1): Second {
    return secondOf(this.atNs, this.rate * seconds, level, this.#random);
  }

  /** What is told in so many seconds at this multiple of the usual latency. */
  run(seconds: number, level = 1): DriftChange[] {
    const changes: DriftChange[] = [];
    for (let i = 0; i < seconds; i++) {
      this.atNs += 1e9;
      changes.push(...this.drift.add(this.second(level)));
    }
    return changes;
  }
}
