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

/** `pools`: by the name of the pool. `daemon`: of the daemon as a whole, such as its alerts. */
export type Kind = 'pools' | 'daemon';

const WHAT: Record<Kind, string> = { pools: 'what is kept of pool', daemon: 'what is kept of the' };

/**
 * What is kept over a restart: in a folder for each kind a JSON file for each name. One process has it at a time. Where it cannot be
 * written, that is said once, and each write tries again.
 */
export class StateFolder {
  readonly #folder: string;
  readonly #version: string;
  readonly #nowMs: () => number;
  readonly #trouble: Trouble;
  readonly #files: Record<Kind, Files>;
  #lock: number | null = null;
  #prepared = false;
  #tidiedAtMs = 0;

  private constructor(folder: string, log: Log, { version, nowMs = Date.now }: StateOptions) {
    this.#folder = folder;
    this.#version = version;
    this.#nowMs = nowMs;
    this.#trouble = new Trouble(`state folder ${folder}`, log);
    const files = (kind: Kind) => new Files(join(folder, kind), WHAT[kind], log);
    this.#files = { pools: files('pools'), daemon: files('daemon') };
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

  /** What was last written under the name; null: nothing that can be used, which is said where there was something. */
  read(name: string, kind: Kind = 'pools'): Saved | null {
    try {
      checkOwner(this.#folder);
      accessSync(this.#folder, constants.R_OK | constants.X_OK);
    } catch {
      return null; // said when it was opened
    }
    return this.#files[kind].read(name);
  }

  /** False: not written, and the old file is as it was. True: it is on its way to the disk; a fault there is said. */
  write(name: string, value: unknown, kind: Kind = 'pools'): boolean {
    const what = `${kind}/${name}`;
    try {
      this.#prepare();
      this.#files[kind].write(name, value, this.#version, this.#nowMs(), (error) => this.#settled(what, error));
      return true;
    } catch (error) {
      this.#failed(what, error);
      return false;
    }
  }

  /** For a value that read() gave and that makes no sense: its file is set aside, and that is said. */
  refuse(name: string, reason: string, kind: Kind = 'pools'): void {
    this.#files[kind].refuse(name, reason);
  }

  /** Waits for what is on its way to the disk; the folder is then free for another process. */
  close(): void {
    for (const files of Object.values(this.#files)) files.close();
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
      for (const files of Object.values(this.#files)) files.prepare(nowMs);
      notePid(this.#folder);
      this.#prepared = true;
      this.#tidiedAtMs = nowMs;
      this.#trouble.worked('', nowMs);
    } else if (Math.abs(nowMs - this.#tidiedAtMs) >= TIDY_MS) {
      this.#tidiedAtMs = nowMs;
      for (const files of Object.values(this.#files)) files.tidy(nowMs);
    }
  }

  #settled(what: string, error: unknown): void {
    if (error === null) this.#trouble.worked(what, this.#nowMs());
    else this.#failed(what, error);
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
