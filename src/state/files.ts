import {
  accessSync,
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  type Stats,
} from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Log } from '../pools/roster.ts';
import { AtomicWriter, TEMPORARY } from './atomic.ts';
import { codeOf, reasonOf, untrusted } from './fault.ts';
import { fileName } from './name.ts';

/** Of the files; one of another number is not read. */
export const FORMAT = 1;
export const FILE_BYTES_MAX = 8 * 1024 * 1024;
/** Files of one kind that are kept: names may come and go without end. */
export const FILES_MAX = 1024;
/** What was not written for so long is removed. */
const KEPT_MS = 28 * 86_400_000;

const ENVELOPE = z.object({
  format: z.literal(FORMAT),
  /** Of pooldrift. */
  version: z.string(),
  savedAtMs: z.number(),
  name: z.string(),
  value: z.unknown(),
});

/** `savedAtMs` is by the wall clock, which may have been set since; `version` is that of the pooldrift that wrote it. */
export type Saved = { savedAtMs: number; version: string; value: unknown };

/** Files of one kind in a folder of their own: a JSON value for each name. */
export class Files {
  readonly #folder: string;
  readonly #what: string;
  readonly #log: Log;
  readonly #writer = new AtomicWriter();

  /** `what`: what a file is called in the log. */
  constructor(folder: string, what: string, log: Log) {
    this.#folder = folder;
    this.#what = what;
    this.#log = log;
  }

  /** Makes the folder, and removes what an earlier process left half done. @throws */
  prepare(nowMs: number): void {
    const there = lstatSync(this.#folder, { throwIfNoEntry: false });
    if (there && (!there.isDirectory() || untrusted(there))) this.#setFolderAside(there);
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    accessSync(this.#folder, constants.W_OK);
    for (const name of readdirSync(this.#folder)) if (name.endsWith(TEMPORARY)) this.#remove(name);
    this.tidy(nowMs);
  }

  /** null where there is none that can be used; what cannot be is set aside, and said. */
  read(name: string): Saved | null {
    const file = this.#file(name);
    this.#writer.finish(join(this.#folder, file));
    try {
      const { format, text } = readWhole(join(this.#folder, file));
      if (format !== FORMAT) return this.#refuse(name, 'old', `of another version of pooldrift (format ${format})`);
      const { savedAtMs, version, value, name: inside } = ENVELOPE.parse(text);
      return inside === name ? { savedAtMs, version, value } : this.refuse(name, 'it is of another name');
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return null;
      if (error instanceof Damaged || error instanceof z.ZodError || codeOf(error) === 'ELOOP')
        return this.refuse(name, error instanceof z.ZodError ? 'it has not the right form' : reasonOf(error));
      this.#log.warn(`${this.#what} ${name}: ${file} cannot be read (${reasonOf(error)})`);
      return null;
    }
  }

  /** Sets a file aside whose value nobody can use. */
  refuse(name: string, reason: string): null {
    return this.#refuse(name, 'damaged', `damaged (${reason})`);
  }

  #refuse(name: string, suffix: Suffix, what: string): null {
    const kept = this.#setAside(this.#file(name), suffix);
    this.#log.warn(`${this.#what} ${name}: the file is ${what}: ${kept}, and a fresh one begins`);
    return null;
  }

  /** `settled` comes later, once. @throws where it cannot be begun */
  write(name: string, value: unknown, version: string, nowMs: number, settled: (error: unknown) => void): void {
    const text = JSON.stringify({ format: FORMAT, version, savedAtMs: nowMs, name, value });
    if (Buffer.byteLength(text) > FILE_BYTES_MAX) throw new Error('what is to be kept of a pool is over 8 MiB');
    this.#writer.write(join(this.#folder, this.#file(name)), text, settled);
  }

  /** Removes what is too old, or too many. */
  tidy(nowMs: number): void {
    const aged = readdirSync(this.#folder)
      .filter((name) => /\.(json|damaged|old)$/.test(name))
      .map((name) => ({ name, atMs: lstatSync(join(this.#folder, name), { throwIfNoEntry: false })?.mtimeMs ?? 0 }))
      .sort((a, b) => b.atMs - a.atMs);
    for (const [place, { name, atMs }] of aged.entries())
      if (nowMs - atMs > KEPT_MS || place >= FILES_MAX) this.#remove(name);
  }

  /** Waits for what is on its way. */
  close(): void {
    this.#writer.finish();
  }

  #file(name: string): string {
    return `${fileName(name)}.json`;
  }

  /** Says where it is now. In a folder that cannot be written it stays where it was. */
  #setAside(file: string, suffix: Suffix): string {
    const path = join(this.#folder, file);
    const aside = `${path.replace(/\.json$/, '')}.${suffix}`;
    try {
      rmSync(aside, { recursive: true, force: true });
      renameSync(path, aside);
      return `kept as ${aside}`;
    } catch (error) {
      return `it cannot be set aside (${reasonOf(error)})`;
    }
  }

  #setFolderAside(stats: Stats): void {
    const reason = stats.isDirectory() ? untrusted(stats) : 'it is no directory';
    this.#log.warn(`${this.#folder}: ${reason}: ${this.#setAside('', 'damaged')}, and a fresh one begins`);
  }

  #remove(name: string): void {
    rmSync(join(this.#folder, name), { recursive: true, force: true });
  }
}

type Suffix = 'damaged' | 'old';

class Damaged extends Error {}

/** The parsed text, and the format that it says it has. @throws Damaged, or the error of a system call */
function readWhole(path: string): { format: unknown; text: unknown } {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const stats = fstatSync(fd);
    if (!stats.isFile()) throw new Damaged('it is no file');
    const reason = untrusted(stats);
    if (reason !== null) throw new Damaged(reason);
    if (stats.size > FILE_BYTES_MAX) throw new Damaged(`${stats.size} bytes`);
    return parsed(readFileSync(fd, 'utf8'));
  } finally {
    closeSync(fd);
  }
}

function parsed(json: string): { format: unknown; text: unknown } {
  try {
    const text = JSON.parse(json);
    const format = typeof text?.format === 'number' ? text.format : FORMAT; // without one: judged by its form
    return { format, text };
  } catch {
    throw new Damaged('it is no JSON');
  }
}
