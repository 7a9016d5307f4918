export const YEAR_HOURS = 8766;

/** The rate at which so few as `count` events come with 5 % chance only: the one-sided 95 % Poisson bound. */
export function poissonBound(count: number): number {
  let [low, high] = [count, count + 20 + 5 * Math.sqrt(count)];
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (atMost(count, middle) > 0.05) low = middle;
    else high = middle;
  }
  return high;
}

/** P(X <= count) of a Poisson distribution. */
function atMost(count: number, mean: number): number {
  let [sum, log] = [0, -mean];
  for (let k = 0; k <= count; k++) {
    sum += Math.exp(log);
    log += Math.log(mean / (k + 1));
  }
  return sum;
}

/** The value of rank ceil(q n); `values` need not be in order and may hold Infinity. */
export function ranked(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)]!;
}
