import { z } from 'zod';
import { show } from './scalar.ts';
import { unknownKey } from './spell.ts';

/** A mapping with these keys only. Several unknown keys give one line of the message each. */
export function section<S extends z.ZodRawShape>(shape: S) {
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? (issue.keys as string[]).map((key) => unknownKey(key, Object.keys(shape))).join('\n')
        : `expected a mapping, got ${show(issue.input)}`,
  });
}

/** A section that may be left out or left empty. */
export function optionalSection<S extends z.ZodRawShape>(shape: S) {
  return z.preprocess((value) => value ?? {}, section(shape));
}

export function list<T extends z.ZodType>(item: T) {
  const items = z.array(item, { error: (issue) => `expected a list, got ${show(issue.input)}` });
  return z.preprocess((value) => value ?? [], items);
}

/** A mapping that must have exactly one of its keys. */
export function choice<S extends z.ZodRawShape>(shape: S) {
  const names = Object.keys(shape).join(', ');
  return section(shape).refine((value) => Object.keys(value).length === 1, `expected exactly one of ${names}`);
}
