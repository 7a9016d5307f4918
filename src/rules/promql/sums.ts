/** Neumaier's compensated sum: what addition rounds off is kept apart. */
export class Sum {
  #value = 0;
  #lost = 0;

  add(x: number): void {
    const sum = this.#value + x;
    if (Number.isFinite(sum))
      this.#lost += Math.abs(this.#value) >= Math.abs(x) ? this.#value - sum + x : x - sum + this.#value;
    else this.#lost = 0;
    this.#value = sum;
  }

  get value(): number {
    return this.#value + this.#lost;
  }

  /** Divided before the two are added: equal numbers have themselves as their mean, to the last bit. */
  mean(count: number): number {
    return this.#value / count + this.#lost / count;
  }
}

export function sumOf(values: ArrayLike<number>, length = values.length): number {
  return summed(values, length).value;
}

function summed(values: ArrayLike<number>, length: number): Sum {
  const sum = new Sum();
  for (let i = 0; i < length; i++) sum.add(values[i]!);
  return sum;
}

/** Where the sum alone overflows, the mean is moved step by step. */
export function meanOf(values: ArrayLike<number>, length = values.length): number {
  const mean = summed(values, length).mean(length);
  return Number.isFinite(mean) ? mean : movedMean(values, length);
}

function movedMean(values: ArrayLike<number>, length: number): number {
  let mean = 0;
  for (let i = 0; i < length; i++) mean = mean * (i / (i + 1)) + values[i]! / (i + 1);
  return mean;
}

/** Of a population, by Welford. */
export function varianceOf(values: ArrayLike<number>, length = values.length): number {
  let [mean, squares] = [0, 0];
  for (let i = 0; i < length; i++) {
    const delta = values[i]! - mean;
    mean += delta / (i + 1);
    squares += delta * (values[i]! - mean);
  }
  return squares / length;
}

/** Between the two nearest ranks; outside 0..1 an infinity. NaN counts as the smallest. */
export function quantileOf(q: number, values: ArrayLike<number>, length = values.length): number {
  if (length === 0 || Number.isNaN(q)) return Number.NaN;
  if (q < 0) return Number.NEGATIVE_INFINITY;
  if (q > 1) return Number.POSITIVE_INFINITY;
  const sorted = Array.from({ length }, (_, i) => values[i]!).sort(nanFirst);
  const rank = q * (length - 1);
  const lower = Math.floor(rank);
  const weight = rank - lower;
  return sorted[lower]! * (1 - weight) + sorted[Math.min(length - 1, lower + 1)]! * weight;
}

export function nanFirst(a: number, b: number): number {
  if (Number.isNaN(a)) return Number.isNaN(b) ? 0 : -1;
  if (Number.isNaN(b)) return 1;
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The smallest, by `better`; NaN only where there is nothing else. */
export function pick(values: ArrayLike<number>, length: number, better: (a: number, b: number) => boolean): number {
  let best = values[0]!;
  for (let i = 1; i < length; i++) if (better(values[i]!, best) || Number.isNaN(best)) best = values[i]!;
  return best;
}
