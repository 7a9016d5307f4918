import { z } from 'zod';
import { glob, matcher } from './matcher.ts';

/** A value's own parser: undefined means "not what was expected"; an Error's message is shown as it is. */
type Parse<T> = (value: unknown) => T | undefined;

/** A schema of one value whose fault reads "expected WHAT, got VALUE". */
export function scalar<T>(expected: string, parse: Parse<T>) {
  return z.unknown().transform((value, context): T => {
    const [parsed, reason] = attempt(parse, value);
    if (parsed !== undefined) return parsed;
    context.issues.push({
      code: 'custom',
      message: reason ?? `expected ${expected}, got ${show(value)}`,
      input: value,
    });
    return z.NEVER;
  });
}

function attempt<T>(parse: Parse<T>, value: unknown): [T | undefined, string?] {
  try {
    return [parse(value)];
  } catch (error) {
    return [undefined, (error as Error).message];
  }
}

export function show(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a mapping';
  return typeof value === 'string' ? JSON.stringify(value.slice(0, 80)) : String(value);
}

const SECONDS: Record<string, number> = { ms: 0.001, s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };

/** Prometheus's form: "5s", "500ms", "1h30m". */
export function seconds(text: string): number | undefined {
  if (!/^(\d+(ms|[smhdw]))+$/.test(text)) return undefined;
  let milliseconds = 0;
  for (const [, count, unit] of text.matchAll(/(\d+)(ms|[smhdw])/g)) {
    milliseconds += Number(count) * Math.round(SECONDS[unit!]! * 1000);
  }
  return milliseconds / 1000;
}

export function duration(min: string, max: string) {
  return scalar(`a duration from ${min} to ${max}, such as 5s`, (value) => {
    const parsed = typeof value === 'string' ? seconds(value) : undefined;
    return parsed !== undefined && parsed >= seconds(min)! && parsed <= seconds(max)! ? parsed : undefined;
  });
}

const BYTES: Record<string, number> = { '': 1, B: 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30, TiB: 2 ** 40 };

export function size(text: string): number | undefined {
  const found = /^(\d+) ?([KMGT]iB|B|)$/.exec(text);
  return found ? Number(found[1]) * BYTES[found[2]!]! : undefined;
}

export function bytes(min: string) {
  return scalar(`a size of ${min} or more, such as 64MiB`, (value) => {
    const parsed = typeof value === 'string' || typeof value === 'number' ? size(String(value)) : undefined;
    return parsed !== undefined && parsed >= size(min)! ? parsed : undefined;
  });
}

export function integer(min: number, max: number, what = 'a whole number') {
  return scalar(`${what} from ${min} to ${max}`, (value) =>
    typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max ? value : undefined,
  );
}

export function number(min: number, max: number) {
  return scalar(`a number from ${min} to ${max}`, (value) =>
    typeof value === 'number' && value >= min && value <= max ? value : undefined,
  );
}

export function oneOf<const T extends readonly string[]>(...names: T) {
  return scalar(`one of ${names.join(', ')}`, (value) =>
    names.includes(value as string) ? (value as T[number]) : undefined,
  );
}

export const port = integer(1, 65_535, 'a port');

/** YAML 1.2 reads on and off as text, true and false as booleans: both are accepted. */
export const onOff = scalar('on or off', (value) => {
  if (value === 'on' || value === true) return true;
  return value === 'off' || value === false ? false : undefined;
});

export const text = scalar('text', (value) =>
  typeof value === 'string' && value !== '' && !/\p{Cc}/u.test(value) ? value : undefined,
);

export const match = scalar('text or /regex/', (value) => {
  return typeof value === 'string' || typeof value === 'number' ? matcher(String(value)) : undefined;
});

/** TASK_COMM_LEN is 16 with the closing zero: a longer name would never be seen. */
export const comm = scalar('text or /regex/', (value) => {
  if (typeof value !== 'string' && typeof value !== 'number') return undefined;
  const source = String(value);
  const exact = !/^\/.*\/$/s.test(source);
  if (exact && Buffer.byteLength(source) > 15) {
    const kept = JSON.stringify(Buffer.from(source).subarray(0, 15).toString());
    throw new Error(`the kernel keeps 15 bytes of a command name: ${kept}`);
  }
  return matcher(source);
});

export const pathGlob = scalar('an absolute path or a glob', (value) =>
  typeof value === 'string' && /^[/*]/.test(value) ? glob(value) : undefined,
);

export const url = scalar('an http:// or https:// URL', (value) => {
  const parsed = typeof value === 'string' ? URL.parse(value) : null;
  return parsed && /^https?:$/.test(parsed.protocol) ? (value as string) : undefined;
});
