import { RE2JS } from 're2js';

export type MatchType = '=' | '!=' | '=~' | '!~';
export type Matcher = { name: string; type: MatchType; value: string; test(value: string): boolean };

/** Values of labels repeat: so many answers of one expression are remembered. */
const REMEMBERED = 1024;

/** Regular expressions are RE2, anchored at both ends, and a dot takes a newline too. @throws RE2's own error */
export function labelMatcher(name: string, type: MatchType, value: string): Matcher {
  return { name, type, value, test: tester(type, value) };
}

function tester(type: MatchType, expected: string): (value: string) => boolean {
  if (type === '=') return (value) => value === expected;
  if (type === '!=') return (value) => value !== expected;
  const matches = regex(expected);
  return type === '=~' ? matches : (value) => !matches(value);
}

function regex(pattern: string): (value: string) => boolean {
  RE2JS.compile(pattern); // its message names the pattern as written, without the flag below
  const compiled = RE2JS.compile(pattern, RE2JS.DOTALL);
  const known = new Map<string, boolean>();
  return (value) => {
    const before = known.get(value);
    if (before !== undefined) return before;
    const answer = compiled.matches(value);
    if (known.size < REMEMBERED) known.set(value, answer);
    return answer;
  };
}
