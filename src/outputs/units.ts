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

export function count(value: number): string {
  return value.toLocaleString('en-US');
}
