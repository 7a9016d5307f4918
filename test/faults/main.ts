import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { host } from '../bench/machine.ts';
import { undoAll } from '../lib/cleanup.ts';
import { document, missed, summary } from './document.ts';
import { Kept } from './kept.ts';
import { failed, isRight, named, type Row } from './row.ts';
import { repetition } from './run.ts';
import { noGround, type Scene } from './scene.ts';
import { SCENES } from './scenes/index.ts';

const DOCUMENT = join(import.meta.dirname, '../../docs/FAULTS.md');
const TIMES = 5;
/** What others may take of the CPUs before the figures are doubted, in CPUs, looked at for so long. */
const COMPANY = 0.1;
const LOOK_MS = 3000;
const GOAL = 0.95;
const USAGE = `npm run bench:faults, or node test/faults/main.ts [--only NAME]... [--times N]
faults: ${SCENES.map(({ name }) => name).join(', ')}
A run that was broken off is gone on with. docs/FAULTS.md is written by a run of all faults; one of fewer than ${TIMES} times\neach, or on a machine that others use, is marked as indicative.
`;

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true },
    times: { type: 'string', default: `${TIMES}` },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) process.stdout.write(USAGE);
else await bench().catch((error: Error) => fail(error.message));

async function bench(): Promise<void> {
  if (process.getuid?.() !== 0) fail('the daemon loads BPF programs: run it as root');
  const times = Number(values.times);
  if (!Number.isInteger(times) || times < 1) fail(`--times must be a whole number from 1, not ${values.times}`);
  const missing = noGround();
  if (missing !== null) fail(`no fault can be staged here: ${missing}`);
  const scenes = chosen();
  const named = [host(), new Date().toISOString().slice(0, 10), ...(await doubts(times))].join('; ');
  const rows = await runAll(scenes, times);
  process.stdout.write(`${summary(scenes, rows)}\n`);
  if (!values.only) writeFileSync(DOCUMENT, document(named, scenes, rows));
  if (!isGood(scenes, rows)) process.exitCode = 1;
}

/** Why these figures may not be quoted. */
async function doubts(times: number): Promise<string[]> {
  const before = busySeconds();
  await sleep(LOOK_MS);
  const company = (busySeconds() - before) / (LOOK_MS / 1000);
  return [
    ...(times < TIMES ? [`only ${times} times each: INDICATIVE`] : []),
    ...(company > COMPANY ? [`others used ${company.toFixed(1)} CPUs at the start: INDICATIVE`] : []),
  ];
}

/** Of all CPUs together. */
function busySeconds(): number {
  return cpus().reduce((sum, { times: { user, nice, sys, irq } }) => sum + (user + nice + sys + irq) / 1000, 0);
}

function chosen(): readonly Scene[] {
  const unknown = values.only?.find((name) => !SCENES.some((scene) => scene.name === name));
  if (unknown) fail(`no fault ${unknown}\n${USAGE}`);
  return SCENES.filter(({ name }) => values.only?.includes(name) ?? true);
}

/** Each fault once, then each a second time, and so on. */
async function runAll(scenes: readonly Scene[], times: number): Promise<Row[]> {
  const kept = new Kept();
  const able = scenes.filter((scene) => !(scene.lacks?.() ?? false));
  for (let number = 1; number <= times; number++) {
    for (const scene of able) {
      if (kept.has(scene.name, number)) continue;
      const row = await repetition(scene, number)
        .catch((error: Error) => failed(scene, number, error))
        .finally(undoAll);
      process.stderr.write(`${progress(scene, row)}\n`);
      kept.add(row);
    }
  }
  return kept.rows.filter((row) => row.repetition <= times && scenes.some(({ name }) => name === row.scene));
}

function progress(scene: Scene, row: Row): string {
  const healthy = row.healthyEpisodes > 0 ? `; ${row.healthyEpisodes} EPISODES IN THE HEALTHY PHASE` : '';
  const times = `found ${row.foundSeconds?.toFixed(1) ?? '-'} s, settled ${row.settledSeconds?.toFixed(1) ?? '-'} s, x${row.ratio?.toFixed(2) ?? '?'}`;
  const line = `${scene.name} ${row.repetition}: ${named(row.verdict, row.thief)}, ${times}${healthy}`;
  return isRight(scene, row) ? line : `MISS ${line}\n${missed(row)}`;
}

function isGood(scenes: readonly Scene[], rows: readonly Row[]): boolean {
  const right = rows.filter((row) => scenes.some((scene) => scene.name === row.scene && isRight(scene, row)));
  return right.length >= GOAL * rows.length && rows.every((row) => row.healthyEpisodes === 0);
}

function fail(message: string): never {
  process.stderr.write(`faults: ${message}\n`);
  process.exit(2);
}
