/** Functions that look at one value at a time; they drop the name of the metric. */
export type ValueFunction = (value: number, first: number, second: number) => number;

export const OF_VALUE: Readonly<Record<string, ValueFunction>> = {
  abs: Math.abs,
  ceil: Math.ceil,
  floor: Math.floor,
  sqrt: Math.sqrt,
  round: (value, to) => Math.floor(value * (1 / to) + 0.5) / (1 / to),
  clamp: (value, low, high) => max(low, min(high, value)),
  clamp_min: (value, low) => max(low, value),
  clamp_max: (value, high) => min(high, value),
};

/** What stands for an argument that is left out. */
export const ARGUMENT_DEFAULT = 1;

/** As in Go, and so in Prometheus, an infinity at its own end beats NaN. */
function max(a: number, b: number): number {
  return a === Number.POSITIVE_INFINITY || b === Number.POSITIVE_INFINITY ? Number.POSITIVE_INFINITY : Math.max(a, b);
}

function min(a: number, b: number): number {
  return a === Number.NEGATIVE_INFINITY || b === Number.NEGATIVE_INFINITY ? Number.NEGATIVE_INFINITY : Math.min(a, b);
}
