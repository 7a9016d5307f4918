/** ln(gamma(x)), x > 0: Stirling's series after shifting x above 8; within 1e-10. */
export function lnGamma(x: number): number {
  let [shifted, product] = [x, 1];
  while (shifted < 8) product *= shifted++;
  const inverse = 1 / shifted;
  const square = inverse * inverse;
  const series = inverse * (1 / 12 - square * (1 / 360 - square * (1 / 1260 - square / 1680)));
  return (shifted - 0.5) * Math.log(shifted) - shifted + 0.9189385332046727 + series - Math.log(product);
}

/** Below it the negative binomial is a Poisson distribution. */
const NO_DISPERSION = 1e-9;

/**
 * P(X >= count) of a negative binomial X of that mean whose variance is mean + dispersion x mean^2. `count` is a whole
 * number; where it is not above the mean, 1 is returned.
 */
export function upperTail(count: number, mean: number, dispersion: number): number {
  if (count <= mean) return 1;
  if (mean <= 0) return 0;
  const size = 1 / Math.max(dispersion, NO_DISPERSION);
  const chance = mean / (size + mean);
  let term = Math.exp(
    lnGamma(count + size) -
      lnGamma(size) -
      lnGamma(count + 1) -
      size * Math.log1p(mean / size) +
      count * Math.log(chance),
  );
  let sum = term;
  for (let k = count; term > sum * 1e-6; k++) {
    term *= (chance * (k + size)) / (k + 1);
    sum += term;
  }
  return Math.min(1, sum);
}
