import { PromqlFault } from '../promql/fault.ts';
import { parseString } from '../promql/literal.ts';
import { TemplateFault } from './fault.ts';
import type { Value } from './format.ts';
import type { Token } from './lex.ts';

/** A string, a number or a truth value. A number without a point or an exponent is an int. @throws TemplateFault */
export function literal({ kind, text, from }: Token): Value {
  if (kind === 'string') return string(text, from);
  if (kind === 'number') return /^[-+]?\d+$/.test(text) ? BigInt(text.replace('+', '')) : Number(text);
  if (text === 'true' || text === 'false') return text === 'true';
  throw new TemplateFault(from, `${text} as an argument needs parentheses`);
}

/** The escapes of a string are the same as in PromQL: both are Go's. */
function string(text: string, from: number): string {
  try {
    return parseString(text, from);
  } catch (error) {
    if (error instanceof PromqlFault) throw new TemplateFault(error.from, error.message);
    throw error;
  }
}
