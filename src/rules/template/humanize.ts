import { general, type Value } from './format.ts';

const ABOVE = ['k', 'M', 'G', 'T', 'P', 'E', 'Z', 'Y'];
const ABOVE_1024 = ['ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei', 'Zi', 'Yi'];
const BELOW = ['m', 'u', 'n', 'p', 'f', 'a', 'z', 'y'];

/** As Go converts text to a number. @throws Error */
export function toFloat(value: Value): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint') return Number(value);
  if (typeof value === 'boolean') throw new Error("can't convert bool to float");
  if (/^[+-]?inf(inity)?$/i.test(value))
    return value.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  if (/^nan$/i.test(value)) return Number.NaN;
  if (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(value)) return Number(value);
  throw new Error(`strconv.ParseFloat: parsing ${JSON.stringify(value)}: invalid syntax`);
}

const four = (value: number) => general(value, 4);

export function humanize(value: number): string {
  if (value === 0 || !Number.isFinite(value)) return four(value);
  return Math.abs(value) >= 1 ? larger(value, 1000, ABOVE) : smaller(value);
}

export function humanize1024(value: number): string {
  return Math.abs(value) <= 1 || !Number.isFinite(value) ? four(value) : larger(value, 1024, ABOVE_1024);
}

export function humanizePercentage(ratio: number): string {
  return `${four(ratio * 100)}%`;
}

export function humanizeDuration(seconds: number): string {
  if (!Number.isFinite(seconds)) return four(seconds);
  if (seconds === 0) return '0s';
  if (Math.abs(seconds) < 1) return `${smaller(seconds)}s`;
  const [sign, size] = [seconds < 0 ? '-' : '', Math.abs(seconds)];
  const whole = Math.trunc(size);
  const parts: [number, string][] = [
    [Math.floor(whole / 86_400), 'd'],
    [Math.floor(whole / 3600) % 24, 'h'],
    [Math.floor(whole / 60) % 60, 'm'],
  ];
  const first = parts.findIndex(([count]) => count !== 0);
  if (first < 0) return `${sign}${four(size)}s`;
  return `${sign}${parts
    .slice(first)
    .map(([count, unit]) => `${count}${unit} `)
    .join('')}${whole % 60}s`;
}

/** Seconds since 1970 to "2024-01-31 12:00:00.5 +0000 UTC". @throws Error out of range */
export function humanizeTimestamp(seconds: number): string {
  if (!Number.isFinite(seconds)) return four(seconds);
  const nanoseconds = seconds * 1e9;
  if (Math.abs(nanoseconds) > 2 ** 63) throw new Error(`${four(seconds)} overflows a timestamp`);
  const date = new Date(Math.trunc(nanoseconds / 1e6));
  const [day, time] = date.toISOString().split('T') as [string, string];
  return `${day} ${time.replace('Z', '').replace(/\.?0+$/, '')} +0000 UTC`;
}

function larger(value: number, step: number, prefixes: readonly string[]): string {
  let [rest, prefix] = [value, ''];
  for (const next of prefixes) {
    if (Math.abs(rest) < step) break;
    [rest, prefix] = [rest / step, next];
  }
  return four(rest) + prefix;
}

function smaller(value: number): string {
  let [rest, prefix] = [value, ''];
  for (const next of BELOW) {
    if (Math.abs(rest) >= 1) break;
    [rest, prefix] = [rest * 1000, next];
  }
  return four(rest) + prefix;
}
