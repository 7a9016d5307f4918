import { RE2JS } from 're2js';
import type { Matcher } from './config.ts';

/** Longest input a matcher looks at, in UTF-16 code units: a command line can be megabytes. */
const MAX_INPUT = 4096;

/**
 * "exact" or "/regex/": RE2, so that no expression can hang the daemon; unanchored; input cut at 4 KiB.
 * @throws Error with RE2's own message
 */
export function matcher(source: string): Matcher {
  if (source.length < 2 || !source.startsWith('/') || !source.endsWith('/')) {
    return { source, test: (input) => input === source };
  }
  return re2(source, source.slice(1, -1));
}

/** A path pattern: `*` and `?` stay within one component, `**` crosses them, `/**` + `/` may be nothing. */
export function glob(source: string): Matcher {
  const pattern = source.replace(/\/\*\*(?=\/)|\*\*|[\s\S]/g, (token) => GLOB_TOKENS[token] ?? RE2JS.quote(token));
  return re2(source, `^${pattern}$`);
}

const GLOB_TOKENS: Record<string, string> = { '/**': '(?:/.*)?', '**': '.*', '*': '[^/]*', '?': '[^/]' };

function re2(source: string, pattern: string): Matcher {
  RE2JS.compile(pattern); // its message names the pattern as written, without the flag below
  const compiled = RE2JS.compile(pattern, RE2JS.DOTALL);
  return { source, test: (input) => compiled.test(input.slice(0, MAX_INPUT)) };
}
