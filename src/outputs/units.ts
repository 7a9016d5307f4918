/** Numbers for people: each with its unit, three figures at most, null for what is not known. */

/** Seconds in, `41 us`, `4.8 ms`, `1.25 s` out. */
export function duration(seconds: number | null): string | null {
  if (seconds === null) return null;
  for (const [unit, factor] of [
    ['us', 1e6],
    ['ms', 1e3],
  ] as const) {
    const value = seconds * factor;
    if (value < 999.5) return `${figures(value)} ${unit}`;
  }
  return `${figures(seconds)} s`;
}

function figures(value: number): string {
  return value >= 9.95 || value === 0 ? value.toFixed(0) : value.toFixed(1);
}

/** A ratio in, `62 %` out; `0.3 %` below ten. */
export function percent(ratio: number | null): string | null {
  if (ratio === null) return null;
  const value = ratio * 100;
  return `${value > 0 && value < 9.95 ? value.toFixed(1) : value.toFixed(0)} %`;
}

/** A ratio in, `x2.37` out; `x12.4`, `x124` where it is larger. */
export function times(ratio: number | null): string | null {
  if (ratio === null) return null;
  return `x${ratio.toFixed(ratio < 9.995 ? 2 : ratio < 99.95 ? 1 : 0)}`;
}

/** Seconds in, `40 s`, `4 min`, `2 h`, `3 d` out: never less than it is. */
export function period(seconds: number): string {
  const units = [
    ['s', 1, 120],
    ['min', 60, 120],
    ['h', 3600, 48],
    ['d', 86_400, Number.POSITIVE_INFINITY],
  ] as const;
  const [unit, length] = units.find(([, each, most]) => Math.ceil(seconds / each) <= most)!;
  return `${Math.ceil(seconds / length)} ${unit}`;
}

/** `64 MiB`, `1.5 GiB`. */
export function bytes(value: number): string {
  for (const [unit, factor] of [
    ['GiB', 2 ** 30],
    ['MiB', 2 ** 20],
  ] as const)
    if (value >= factor) return `${figures(value / factor)} ${unit}`;
  return `${figures(value / 2 ** 10)} KiB`;
}

export function count(value: number): string {
  return value.toLocaleString('en-US');
}

/** One unit and one number of decimals for times that are to be compared. */
export type Scale = { unit: 'us' | 'ms' | 's'; factor: number; decimals: number };

/** Three figures of the largest, in seconds: 11.2 ms, 5.05 ms, 312 us. */
export function scaleOf(seconds: number): Scale {
  const unit = seconds < 999.5e-6 ? 'us' : seconds < 0.9995 ? 'ms' : 's';
  const factor = { us: 1e6, ms: 1e3, s: 1 }[unit];
  const value = seconds * factor;
  return { unit, factor, decimals: value < 9.995 ? 2 : value < 99.95 ? 1 : 0 };
}

/** Without the unit; `0` is exactly none. */
export function scaled(seconds: number, { factor, decimals }: Scale): string {
  return seconds === 0 ? '0' : (seconds * factor).toFixed(decimals);
}

/** `5.8 of 11.2 ms`. */
export function partOf(seconds: number, whole: number): string {
  const scale = scaleOf(whole);
  return `${scaled(seconds, scale)} of ${scaled(whole, scale)} ${scale.unit}`;
}
