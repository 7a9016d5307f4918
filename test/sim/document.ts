import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Goal } from './goals.ts';
import { LONG, SCORING_SEED } from './plan.ts';
import { grid, report } from './report.ts';
import { codeHash, type Kept } from './store.ts';

const DOCUMENT = join(import.meta.dirname, '../../docs/DRIFT.md');
/** What lies after it is written anew each time; what lies before it is written by hand. */
const MARK = '<!-- Written by npm run test:long from here on. -->';

/** Puts what was simulated into docs/DRIFT.md. */
export function writeDocument(kept: readonly Kept[], found: readonly Goal[]): void {
  const before = readFileSync(DOCUMENT, 'utf8').split(MARK)[0]!;
  const parts = [MARK, made(kept), '### Held against the promise', verdicts(found), report(kept, LONG)];
  writeFileSync(DOCUMENT, `${before}${parts.join('\n\n')}\n`);
}

function made(kept: readonly Kept[]): string {
  const healthy = kept.filter(({ done }) => done.job.kind === 'healthy');
  const hours = healthy.reduce((sum, { done }) => sum + (done.job.kind === 'healthy' ? done.job.hours : 0), 0);
  const cpuSeconds = (some: readonly Kept[]) => some.reduce((sum, each) => sum + each.cpuSeconds, 0);
  const millis = ((1000 * cpuSeconds(healthy)) / hours).toFixed(1);
  const minutes = Math.round(cpuSeconds(kept) / 60);
  return [
    `Made on ${new Date().toISOString().slice(0, 10)} by \`npm run test:long\`, with the code of hash ${codeHash()} and`,
    `seeds from ${SCORING_SEED.toLocaleString('en-US')} on: ${hours.toLocaleString('en-US')} healthy pool-hours. A simulated`,
    `pool-hour costs ${millis} ms of CPU time, generator and detector together; all of it ${minutes} CPU-minutes.`,
  ].join('\n');
}

function verdicts(found: readonly Goal[]): string {
  const rows = found.map(({ what, measured, limit, met }) => [what, measured, limit, met ? 'pass' : 'MISS']);
  const tried = found.flatMap((goal) => (!goal.met && goal.tried ? [`- ${goal.what}: ${goal.tried}.`] : []));
  const misses = tried.length === 0 ? [] : ['Tried against the misses:', tried.join('\n')];
  return [grid(['what', 'measured', 'limit', 'verdict'], rows), ...misses].join('\n\n');
}
