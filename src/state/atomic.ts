import { closeSync, constants, fsync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

export const TEMPORARY = '.tmp';

/** Called once: null where the file is in its place, else what went wrong; the old file is then as it was. */
type Settled = (error: unknown) => void;

type Job = { fd: number; temporary: string; path: string; done: boolean; settled: Settled };

/**
 * Writes files whole or not at all: a new one beside the old one, fsync, rename, fsync of the folder. A disk may take
 * seconds for an fsync while somebody else floods it, so the daemon does not wait for it.
 */
export class AtomicWriter {
  readonly #jobs = new Map<string, Job>();

  /** @throws the error of a system call where it cannot be begun; `settled` is then not called */
  write(path: string, text: string, settled: Settled): void {
    this.finish(path);
    const temporary = `${path}${TEMPORARY}`;
    const job: Job = { fd: create(temporary, text), temporary, path, done: false, settled };
    this.#jobs.set(path, job);
    fsync(job.fd, (error) => {
      if (!job.done) this.#end(job, error, false);
      closeSync(job.fd);
    });
  }

  /** Waits for one that is on its way; all without a path. */
  finish(path?: string): void {
    const jobs = path === undefined ? [...this.#jobs.values()] : [this.#jobs.get(path)];
    for (const job of jobs)
      if (job !== undefined)
        this.#end(
          job,
          attempt(() => fsyncSync(job.fd)),
          true,
        );
  }

  #end(job: Job, fault: unknown, wait: boolean): void {
    job.done = true;
    this.#jobs.delete(job.path);
    const error = fault ?? attempt(() => renameSync(job.temporary, job.path));
    if (error === null) syncFolder(dirname(job.path), wait);
    else attempt(() => rmSync(job.temporary, { force: true }));
    job.settled(error);
  }
}

/** A file of our own making: what has its name already is removed, not followed. */
function create(path: string, text: string): number {
  rmSync(path, { force: true, recursive: true });
  const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
  const fd = openSync(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  try {
    writeFileSync(fd, text);
    return fd;
  } catch (error) {
    closeSync(fd);
    attempt(() => rmSync(path, { force: true }));
    throw error;
  }
}

/** Some file systems refuse it; the file is in its place all the same. */
function syncFolder(path: string, wait: boolean): void {
  attempt(() => {
    const fd = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
    if (!wait) return fsync(fd, () => closeSync(fd));
    attempt(() => fsyncSync(fd));
    closeSync(fd);
  });
}

function attempt(act: () => void): unknown {
  try {
    act();
    return null;
  } catch (error) {
    return error;
  }
}
