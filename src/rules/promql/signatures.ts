import type { ValueType } from './ast.ts';

/** `optional`: how many of the last arguments may be left out. */
export type Signature = { args: readonly ValueType[]; optional: number; returns: 'vector' | 'scalar' };

function takes(args: readonly ValueType[], returns: Signature['returns'] = 'vector', optional = 0): Signature {
  return { args, optional, returns };
}

const RANGE = takes(['matrix']);
const VECTOR = takes(['vector']);

/** Every function of the subset. */
export const SIGNATURES: Readonly<Record<string, Signature>> = {
  rate: RANGE,
  increase: RANGE,
  delta: RANGE,
  irate: RANGE,
  idelta: RANGE,
  changes: RANGE,
  resets: RANGE,
  avg_over_time: RANGE,
  min_over_time: RANGE,
  max_over_time: RANGE,
  sum_over_time: RANGE,
  count_over_time: RANGE,
  last_over_time: RANGE,
  present_over_time: RANGE,
  stddev_over_time: RANGE,
  stdvar_over_time: RANGE,
  quantile_over_time: takes(['scalar', 'matrix']),
  absent_over_time: RANGE,
  absent: VECTOR,
  abs: VECTOR,
  ceil: VECTOR,
  floor: VECTOR,
  sqrt: VECTOR,
  round: takes(['vector', 'scalar'], 'vector', 1),
  clamp: takes(['vector', 'scalar', 'scalar']),
  clamp_min: takes(['vector', 'scalar']),
  clamp_max: takes(['vector', 'scalar']),
  histogram_quantile: takes(['scalar', 'vector']),
  scalar: takes(['vector'], 'scalar'),
  vector: takes(['scalar']),
  time: takes([], 'scalar'),
};
