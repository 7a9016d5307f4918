import type { Value } from './format.ts';

/** What an alert gives to its templates. */
export type TemplateData = {
  labels: (name: string) => string;
  externalLabels: (name: string) => string;
  value: number;
};

export type Operand =
  | { kind: 'literal'; value: Value }
  | { kind: 'value' }
  | { kind: 'label' | 'external'; name: string }
  | { kind: 'map'; external: boolean }
  | { kind: 'pipeline'; pipeline: Pipeline };
/** Of a call the name; else `operands` has one. */
export type Command = { call: string | null; operands: readonly Operand[]; from: number };
/** The result of each command is the last argument of the next. */
export type Pipeline = readonly Command[];
export type Part =
  | { kind: 'text'; text: string }
  | { kind: 'print'; pipeline: Pipeline }
  | { kind: 'if'; condition: Pipeline; then: readonly Part[]; otherwise: readonly Part[] };
export type Template = readonly Part[];
