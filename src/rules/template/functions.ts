import { RE2JS } from 're2js';
import { printf, typeName, type Value } from './format.ts';
import {
  humanize,
  humanize1024,
  humanizeDuration,
  humanizePercentage,
  humanizeTimestamp,
  toFloat,
} from './humanize.ts';

/** @throws Error, whose message stands in the expanded text */
export type TemplateFunction = (...args: Value[]) => Value;

const ofNumber =
  (convert: (value: number) => string): TemplateFunction =>
  (value) =>
    convert(toFloat(value!));

const ofText =
  (convert: (text: string) => string): TemplateFunction =>
  (value) =>
    convert(text(value!));

/** All but and, or and index, which look at their arguments in their own way. */
export const PLAIN: Readonly<Record<string, { args: number | null; call: TemplateFunction }>> = {
  humanize: { args: 1, call: ofNumber(humanize) },
  humanize1024: { args: 1, call: ofNumber(humanize1024) },
  humanizeDuration: { args: 1, call: ofNumber(humanizeDuration) },
  humanizePercentage: { args: 1, call: ofNumber(humanizePercentage) },
  humanizeTimestamp: { args: 1, call: ofNumber(humanizeTimestamp) },
  printf: { args: null, call: (format, ...values) => printf(text(format!), values) },
  toUpper: { args: 1, call: ofText((each) => each.toUpperCase()) },
  toLower: { args: 1, call: ofText((each) => each.toLowerCase()) },
  match: { args: 2, call: (pattern, subject) => RE2JS.compile(text(pattern!)).matcher(text(subject!)).find() },
  reReplaceAll: {
    args: 3,
    call: (pattern, by, subject) => RE2JS.compile(text(pattern!)).matcher(text(subject!)).replaceAll(text(by!)),
  },
  stripPort: { args: 1, call: ofText(stripPort) },
  eq: comparison((a, b) => a === b, false),
  ne: comparison((a, b) => a !== b, false),
  lt: comparison((a, b) => a < b, true),
  le: comparison((a, b) => a <= b, true),
  // As in Go these two are the opposites of le and lt, so that they hold for NaN.
  gt: comparison((a, b) => !(a <= b), true),
  ge: comparison((a, b) => !(a < b), true),
  not: { args: 1, call: (value) => !truth(value!) },
};

/** Every name that a template may call. */
export const FUNCTIONS: readonly string[] = [...Object.keys(PLAIN), 'and', 'or', 'index'];

export function truth(value: Value): boolean {
  return typeof value === 'number' ? value !== 0 : Boolean(value);
}

function text(value: Value): string {
  if (typeof value === 'string') return value;
  throw new Error(`wrong type for value; expected string; got ${typeName(value)}`);
}

function comparison(holds: (a: Value, b: Value) => boolean, ordered: boolean) {
  const call = (a: Value, b: Value) => {
    if (typeof a !== typeof b) throw new Error('incompatible types for comparison');
    if (ordered && typeof a === 'boolean') throw new Error('invalid type for comparison');
    return holds(a, b);
  };
  return { args: 2, call: (...args: Value[]) => call(args[0]!, args[1]!) };
}

/** "host:80" and "[::1]:80"; what is no such pair stays. */
function stripPort(address: string): string {
  const found = /^(?:\[([^[\]]*)\]|([^:[\]]*)):[^:[\]]*$/.exec(address);
  return found ? (found[1] ?? found[2]!) : address;
}
