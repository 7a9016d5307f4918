import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import type { Done, Job } from './jobs.ts';

const ROOT = join(import.meta.dirname, '../..');
const ENTRY = join(import.meta.dirname, 'jobs.ts');
/** Others that are imported on the way give constants and types. */
const DECIDING = /^(src\/drift|src\/windows|test\/sim)\//;
const IMPORT = /^import (?!type\b)[^;]*? from '(\.[^']+)'/gm;

export type Kept = { done: Done; cpuSeconds: number };

/** Results of this very code, a line of JSON each, in build/: what is there is not done again. */
export class Store {
  readonly #path: string;
  readonly #kept = new Map<string, Kept>();

  constructor(folder = join(ROOT, 'build/sim')) {
    mkdirSync(folder, { recursive: true });
    this.#path = join(folder, `${codeHash()}.jsonl`);
    const lines = existsSync(this.#path) ? readFileSync(this.#path, 'utf8').split('\n') : [];
    for (const line of lines) this.#read(line);
  }

  get(job: Job): Kept | undefined {
    return this.#kept.get(JSON.stringify(job));
  }

  /** A line that was cut off by a kill before is ended first. */
  add(kept: Kept): void {
    this.#kept.set(JSON.stringify(kept.done.job), kept);
    appendFileSync(this.#path, `\n${JSON.stringify(kept)}`);
  }

  #read(line: string): void {
    try {
      const kept = JSON.parse(line) as Kept;
      this.#kept.set(JSON.stringify(kept.done.job), kept);
    } catch {
      // Empty or cut off: that job is done again.
    }
  }
}

/** SHA-256 of all that a result depends on, 16 hexadecimal digits. */
export function codeHash(): string {
  const hash = createHash('sha256');
  const deciding = [...imported(ENTRY)].map((path) => relative(ROOT, path)).filter((path) => DECIDING.test(path));
  for (const path of deciding.sort()) {
    const content = readFileSync(join(ROOT, path));
    hash.update(`${path}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex').slice(0, 16);
}

/** A file and all that it imports, straight or not. */
function imported(path: string, found = new Set<string>()): Set<string> {
  if (found.has(path)) return found;
  found.add(path);
  const names = [...readFileSync(path, 'utf8').matchAll(IMPORT)].map((match) => match[1]!);
  for (const name of names) imported(join(dirname(path), name), found);
  return found;
}
