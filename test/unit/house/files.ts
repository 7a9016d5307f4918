import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const ROOT = join(import.meta.dirname, '../../..');
const FOREIGN = /(^|\/)(node_modules|build|\.git|\.toolchain)(\/|$)/;

/** A text file of the project; `path` is relative to the root. */
export type SourceFile = { path: string; text: string };

export function files(...patterns: string[]): SourceFile[] {
  const paths = globSync(patterns, { cwd: ROOT, exclude: (path) => FOREIGN.test(path) });
  return paths.sort().map((path) => ({ path, text: readFileSync(join(ROOT, path), 'utf8') }));
}
