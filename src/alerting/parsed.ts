import type { Label } from '../rules/labels.ts';

const LABEL = /([a-zA-Z_]\w*)[ \t]*=[ \t]*"((?:[^"\\]|\\.)*)"/g;
const ESCAPES: Record<string, string> = { n: '\n' };

/** `a="b",c="d"`, as it is in the text format. */
export function parsed(text: string): Label[] {
  return Array.from(text.matchAll(LABEL), ([, name, value]): Label => [name!, unescaped(value!)]);
}

function unescaped(value: string): string {
  return value.includes('\\') ? value.replace(/\\(.)/g, (_, char: string) => ESCAPES[char] ?? char) : value;
}
