import type { Second } from '../../src/drift/types.ts';
import { WAIT_BUCKETS } from '../../src/windows/histogram.ts';
import { Poisson } from './poisson.ts';
import { Random } from './random.ts';
import { FINE_STEPS, type Sampler, samplerOf } from './sampler.ts';
import type { Now, Shape } from './shapes.ts';

/** At fewer requests a second all are drawn. */
const ALL_BELOW = 20;
/** The number of those that are not drawn needs no exact ends: a normal distribution where it has so many. */
const OTHERS_EXACT_MAX = 30;
const SECOND_NS = 1e9;
const NS_A_MS = 1e6;
/** Bits of a float32 below those that tell the octave and the first 5 bits inside it: a bucket of the histogram. */
const BELOW_BUCKET = 18;
/** What the bits of 1,024 ns, the first bucket, are then. */
const FIRST_BUCKET = (127 + 10) << 5;

/**
 * A simulated pool's seconds. Arrivals are Poisson. Only the slowest requests are drawn: their number is Poisson too,
 * and independent of the number of the others. The second that is handed out is the same object each time.
 */
export class Source {
  /** Every latency is multiplied by it: the drift that is injected. */
  factor = 1;
  /** The share of the second that the factor holds for; 1 but in the second of the onset. */
  held = 1;
  readonly now: Now = { rate: 1, level: 1, stallMs: 0 };
  readonly #rate: number;
  readonly #random: Random;
  readonly #live: (now: Now) => void;
  readonly #whole: Sampler;
  readonly #slow: Sampler;
  readonly #numbers = new Map<number, Poisson>();
  readonly #counts = new Uint32Array(WAIT_BUCKETS);
  readonly #views = new Map<number, Uint32Array>();
  readonly #float = new Float32Array(1);
  readonly #bits = new Uint32Array(this.#float.buffer);
  readonly #second: Second = { atNs: 0, requests: 0, tail: { low: 0, values: new Uint32Array(0) } };
  #low: number = WAIT_BUCKETS;
  #end = 0;

  constructor(shape: Shape, rate: number, seed: number) {
    this.#rate = rate;
    this.#random = new Random(seed, rate);
    this.#live = shape.live(this.#random);
    this.#whole = samplerOf(shape.distribution, 1);
    this.#slow = rate < ALL_BELOW ? this.#whole : samplerOf(shape.distribution, shape.share);
  }

  get random(): Random {
    return this.#random;
  }

  /** The next one; it is written over by the one after it. */
  second(): Second {
    this.#counts.fill(0, this.#low, this.#end);
    this.#low = WAIT_BUCKETS;
    this.#end = 0;
    this.#live(this.now);
    const second = this.#second;
    second.requests = this.#requests(this.#rate * this.now.rate, this.now.stallMs / 1000);
    second.atNs += SECOND_NS;
    second.tail.low = this.#end === 0 ? 0 : this.#low;
    second.tail.values = this.#view(second.tail.low, this.#end);
    return second;
  }

  #requests(rate: number, stallSeconds: number): number {
    const sampler = this.factor === 1 ? this.#slow : this.#whole;
    const free = rate * (1 - stallSeconds);
    const drawn = this.#number(free * sampler.share);
    const scale = this.now.level * NS_A_MS;
    if (this.factor === 1 || this.held >= 1) this.#draw(drawn, sampler, scale * this.factor);
    else for (let i = 0; i < drawn; i++) this.#count(sampler.draw(this.#random) * scale * this.#factorNow());
    const others = sampler.share < 1 ? this.#number(free * (1 - sampler.share), OTHERS_EXACT_MAX) : 0;
    return drawn + others + (stallSeconds > 0 ? this.#stalled(rate * stallSeconds, scale) : 0);
  }

  /** Two of a random number. All that this class does in most of its time. */
  #draw(drawn: number, sampler: Sampler, scale: number): void {
    const random = this.#random;
    const { points } = sampler;
    let bits = 0;
    for (let i = 0; i < drawn; i++) {
      bits = (i & 1) === 0 ? random.int32() : bits << 16;
      const step = bits >>> 20;
      this.#count((step < FINE_STEPS ? sampler.slowest(random) : points[step]!) * scale);
    }
  }

  /** What arrives while the program stands still waits for the rest of it. */
  #stalled(mean: number, scale: number): number {
    const stalled = this.#number(mean);
    const stall = this.now.stallMs / this.now.level;
    for (let i = 0; i < stalled; i++) {
      const ms = this.#whole.draw(this.#random) + stall * this.#random.uniform();
      this.#count(ms * scale * this.#factorNow());
    }
    return stalled;
  }

  #number(mean: number, exactMax?: number): number {
    let poisson = this.#numbers.get(mean);
    if (!poisson) {
      poisson = new Poisson(mean, exactMax);
      this.#numbers.set(mean, poisson);
    }
    return poisson.draw(this.#random);
  }

  #count(ns: number): void {
    this.#float[0] = ns;
    const bucket = Math.min(Math.max((this.#bits[0]! >>> BELOW_BUCKET) - FIRST_BUCKET, 0), WAIT_BUCKETS - 1);
    this.#counts[bucket]!++;
    if (bucket < this.#low) this.#low = bucket;
    if (bucket >= this.#end) this.#end = bucket + 1;
  }

  #factorNow(): number {
    return this.held >= 1 || this.factor === 1 || this.#random.uniform() < this.held ? this.factor : 1;
  }

  /** A view is made once for each pair of ends. */
  #view(low: number, end: number): Uint32Array {
    const key = low * (WAIT_BUCKETS + 1) + end;
    let view = this.#views.get(key);
    if (!view) {
      view = this.#counts.subarray(low, Math.max(low, end));
      this.#views.set(key, view);
    }
    return view;
  }
}
