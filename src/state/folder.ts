import { accessSync, closeSync, constants, lstatSync, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Log } from '../pools/roster.ts';
import { codeOf, ownerTrusted, reasonOf, untrusted } from './fault.ts';
import { Files, type Saved } from './files.ts';
import { IN_USE, isLock, lockFolder, notePid } from './lock.ts';
import { Trouble } from './trouble.ts';

export type StateOptions = {
  /** Of pooldrift: written into each file. */
  version: string;
  /** The wall clock, ms; default: the host's. */
  nowMs?: () => number;
};

const TIDY_MS = 3_600_000;

/**
 * What is kept over a restart: in `pools/` a JSON file for each pool. One process has it at a time. Where it cannot be
 * written, that is said once, and each write tries again.
 */
export class StateFolder {
  readonly #folder: string;
  readonly #version: string;
  readonly #nowMs: () => number;
  readonly #trouble: Trouble;
  readonly #pools: Files;
  #lock: number | null = null;
  #prepared = false;
  #tidiedAtMs = 0;

  private constructor(folder: string, log: Log, { version, nowMs = Date.now }: StateOptions) {
    this.#folder = folder;
    this.#version = version;
    this.#nowMs = nowMs;
    this.#trouble = new Trouble(`state folder ${folder}`, log);
    this.#pools = new Files(join(folder, 'pools'), 'what is kept of pool', log);
  }

  /** Makes the folder, mode 0700, where there is none. @throws an Error for a person where another process has it */
  static open(folder: string, log: Log, options: StateOptions): StateFolder {
    const state = new StateFolder(folder, log, options);
    try {
      state.#prepare();
    } catch (error) {
      if (codeOf(error) === IN_USE) throw error;
      state.#failed('', error);
    }
    return state;
  }

  /** What was last written for a pool; null: nothing that can be used, which is said where there was something. */
  read(pool: string): Saved | null {
    try {
      checkOwner(this.#folder);
      accessSync(this.#folder, constants.R_OK | constants.X_OK);
    } catch {
      return null; // said when it was opened
    }
    return this.#pools.read(pool);
  }

  /** False: not written, and the old file is as it was. True: it is on its way to the disk; a fault there is said. */
  write(pool: string, value: unknown): boolean {
    try {
      this.#prepare();
      this.#pools.write(pool, value, this.#version, this.#nowMs(), (error) => this.#settled(pool, error));
      return true;
    } catch (error) {
      this.#failed(pool, error);
      return false;
    }
  }

  /** For a value that read() gave and that makes no sense: its file is set aside, and that is said. */
  refuse(pool: string, reason: string): void {
    this.#pools.refuse(pool, reason);
  }

  /** Waits for what is on its way to the disk; the folder is then free for another process. */
  close(): void {
    this.#pools.close();
    this.#unlock();
  }

  #unlock(): void {
    if (this.#lock !== null) closeSync(this.#lock);
    this.#lock = null;
    this.#prepared = false;
  }

  #prepare(): void {
    const nowMs = this.#nowMs();
    if (this.#lock !== null && !isLock(this.#folder, this.#lock)) this.#unlock();
    if (!this.#prepared) {
      mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
      checkOwner(this.#folder);
      this.#lock ??= lockFolder(this.#folder);
      this.#pools.prepare(nowMs);
      notePid(this.#folder);
      this.#prepared = true;
      this.#tidiedAtMs = nowMs;
      this.#trouble.worked('', nowMs);
    } else if (Math.abs(nowMs - this.#tidiedAtMs) >= TIDY_MS) {
      this.#tidiedAtMs = nowMs;
      this.#pools.tidy(nowMs);
    }
  }

  #settled(pool: string, error: unknown): void {
    if (error === null) this.#trouble.worked(pool, this.#nowMs());
    else this.#failed(pool, error);
  }

  #failed(what: string, error: unknown): void {
    const reason = codeOf(error) === IN_USE ? (error as Error).message.split('\n')[0]! : reasonOf(error);
    this.#trouble.failed(what, reason, this.#nowMs());
  }
}

/** Others must not be able to say what root is to believe; nor, by a symbolic link, where it is. */
function checkOwner(folder: string): void {
  const link = lstatSync(folder);
  if (!ownerTrusted(link.uid)) throw new Error(`user ${link.uid} owns it`);
  const reason = untrusted(statSync(folder));
  if (reason !== null) throw new Error(reason);
}
