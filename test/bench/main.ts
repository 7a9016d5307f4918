import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { alerting } from './alerting.ts';
import { daemon } from './daemon.ts';
import { drift } from './drift.ts';
import { makeWay } from './held.ts';
import { machine } from './machine.ts';
import { page } from './page.ts';
import { type BenchOptions, met, type Part, type Section } from './part.ts';
import { programsLoaded } from './programs.ts';
import { markdown } from './report.ts';
import { request } from './request.ts';
import { requestNet } from './request-net.ts';
import { ring } from './ring.ts';
import { rules } from './rules.ts';
import { sched } from './sched.ts';
import { schedNet } from './sched-net.ts';
import { scrape } from './scrape.ts';
import { sockets } from './sockets.ts';
import { top } from './top.ts';

const PARTS: readonly Part[] = [
  sched,
  schedNet,
  request,
  requestNet,
  sockets,
  ring,
  scrape,
  drift,
  rules,
  alerting,
  daemon,
  page,
  top,
];
const DOCUMENT = join(import.meta.dirname, '../../docs/BENCHMARKS.md');
const PAIRS = 9;
const USAGE = `npm run bench, or node test/bench/main.ts [--only NAME]... [--pairs N] [--operations N] [--json]
parts: ${PARTS.map(({ name }) => name).join(', ')}
docs/BENCHMARKS.md is written by a run of all parts with ${PAIRS} pairs or more.
`;

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true },
    pairs: { type: 'string', default: `${PAIRS}` },
    operations: { type: 'string', default: '200000' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) process.stdout.write(USAGE);
else await bench().catch((error: Error) => fail(error.message));

async function bench(): Promise<void> {
  if (process.getuid?.() !== 0) fail('benchmarks load BPF programs: run them as root');
  const options = { pairs: whole('pairs'), operations: whole('operations'), progress };
  const named = [machine(new Date()), ...doubts(options.pairs)].join('; ');
  makeWay();
  const sections = await runParts(options);
  const document = markdown(named, sections);
  process.stdout.write(values.json ? `${JSON.stringify({ machine: named, sections }, null, 2)}\n` : document);
  if (!values.only && options.pairs >= PAIRS) writeFileSync(DOCUMENT, document);
  if (sections.some(({ targets }) => !targets.every(met))) process.exitCode = 1;
}

/** Why these figures may not be quoted. */
function doubts(pairs: number): string[] {
  const others = programsLoaded();
  return [
    ...(pairs < PAIRS ? [`only ${pairs} pairs: INDICATIVE`] : []),
    ...(others > 0 ? [`${others} BPF programs of others were loaded at the start: NOT CLEAN`] : []),
  ];
}

async function runParts(options: BenchOptions): Promise<Section[]> {
  const unknown = values.only?.find((name) => !PARTS.some((part) => part.name === name));
  if (unknown) fail(`no part ${unknown}\n${USAGE}`);
  const sections: Section[] = [];
  for (const part of PARTS) {
    if (values.only?.includes(part.name) ?? true) sections.push(await part.run(options));
  }
  progress('');
  return sections;
}

/** One line on a terminal, rewritten; nothing elsewhere. */
function progress(what: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${what}`);
}

function whole(flag: 'pairs' | 'operations'): number {
  const value = Number(values[flag]);
  if (!Number.isInteger(value) || value < 1) fail(`--${flag} must be a whole number from 1, not ${values[flag]}`);
  return value;
}

function fail(message: string): never {
  process.stderr.write(`bench: ${message}\n`);
  process.exit(2);
}
