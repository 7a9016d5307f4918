/** From here on a Poisson distribution is as good as even. */
const EVEN_FROM = 30;

/**
 * The share of a Poisson distribution's variance that lies above its mean: E[(X - mean)^2; X > mean] / mean. One half
 * of an even distribution, nearly all of it where the mean is far below one.
 */
export function upperShare(mean: number): number {
  if (mean >= EVEN_FROM || mean <= 0) return 0.5;
  let [chance, below] = [Math.exp(-mean), 0];
  for (let count = 0; count <= mean; count++) {
    below += (count - mean) * (count - mean) * chance;
    chance *= mean / (count + 1);
  }
  return Math.max(0.5, 1 - below / mean);
}
