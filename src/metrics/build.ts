import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism, hostname, release } from 'node:os';
import type { Reading } from './reading.ts';

const ROOT = new URL('../../', import.meta.url);

/** From package.json: one source. */
export function version(): string {
  return JSON.parse(readFileSync(new URL('package.json', ROOT), 'utf8')).version;
}

/** What is running, and where. */
export function buildInfo(): Pick<Reading, 'build' | 'host'> {
  return {
    build: { version: version(), revision: revision(), nodeVersion: process.version.slice(1), kernel: release() },
    host: { name: hostname(), cpus: availableParallelism() },
  };
}

/** Of the checkout; empty where it is none. */
function revision(): string {
  try {
    const argv = ['-C', ROOT.pathname, 'rev-parse', '--short', 'HEAD'];
    return execFileSync('git', argv, { stdio: ['ignore', 'pipe', 'ignore'], encoding: 'utf8' }).trim();
  } catch {
    return '';
  }
}
