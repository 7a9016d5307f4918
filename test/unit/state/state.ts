import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StateFolder } from '../../../src/state/folder.ts';
import { defer } from '../../lib/cleanup.ts';

/** An empty folder, removed after the test. */
export function temporary(): string {
  const made = mkdtempSync(join(tmpdir(), 'pooldrift-state-'));
  defer(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

/** What was logged: "warn: ...", "info: ...". */
export class Lines {
  readonly lines: string[] = [];
  info = (message: string): void => void this.lines.push(`info: ${message}`);
  warn = (message: string): void => void this.lines.push(`warn: ${message}`);
}

export type Opened = { state: StateFolder; log: Lines; folder: string };

/** A state folder of its own clock; closed after the test. */
export function opened(folder = temporary(), nowMs = Date.now, version = '0.1.0'): Opened {
  const log = new Lines();
  const state = StateFolder.open(folder, log, { version, nowMs });
  defer(() => state.close());
  return { state, log, folder };
}

/** Closed after `act`: what is on its way to the disk has arrived. */
export function session<T>(folder: string, act: (state: StateFolder, log: Lines) => T, nowMs = Date.now): T {
  const { state, log } = opened(folder, nowMs);
  try {
    return act(state, log);
  } finally {
    state.close();
  }
}
