import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { type ClientRequest, get, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { noBrowser, openPage } from '../lib/browser.ts';
import { undoAll } from '../lib/cleanup.ts';
import { cpuShare } from './cpu.ts';
import { ADDRESS, onDaemon, POOLS } from './daemon.ts';
import type { BenchOptions, Part, Section, Table } from './part.ts';
import { spread, spreadRow } from './stats.ts';

const CLIENTS = 20;
const SPAN_MS = 10_000;
/** Whoever opens a pool or comes again asks for all there is: that is not what a span is about. */
const SETTLE_MS = 1000;
const FILES = join(import.meta.dirname, '../../build/page');

/** CPU of one core, in %, without and with clients; milliseconds from the address to the first lines. */
type Measured = { alone: number; watched: number; firstMs: number | null };

/** The page: what it weighs, how soon it draws, what 20 of it cost the daemon. */
export const page: Part = { name: 'page', run: pageSection };

async function pageSection(options: BenchOptions): Promise<Section> {
  const name = 'Page';
  if (!existsSync(FILES)) return { name, tables: [], targets: [], notes: ['Not measured: the page is not built.'] };
  const measured = await onDaemon('page', options, onePair);
  const [alone, watched] = (['alone', 'watched'] as const).map((key) => spread(measured.map((each) => each[key])));
  const more = spread(measured.map((each) => each.watched - each.alone));
  const cpu: Table = {
    title: `The daemon with ${POOLS} pools and ${CLIENTS} live pages, each with a pool open, ${measured.length} pairs of ${SPAN_MS / 1000} s`,
    head: ['CPU, % of one core', 'median', 'quartiles'],
    rows: [
      spreadRow('no page', alone!),
      spreadRow(`${CLIENTS} pages`, watched!),
      spreadRow('what the pages cost', more),
    ],
  };
  const target = { name: `the daemon with ${CLIENTS} pages`, value: watched!.median, limit: 2, unit: '% of one core' };
  const weight = { name: 'weight of the page', value: kilobytes(), limit: 150, unit: 'KB' };
  const first = firstDrawing(measured);
  return { name, tables: [cpu, ...first.tables], targets: [target, weight], notes: first.notes };
}

function firstDrawing(measured: readonly Measured[]): { tables: Table[]; notes: string[] } {
  const known = measured.flatMap(({ firstMs }) => (firstMs === null ? [] : [firstMs]));
  if (known.length === 0) return { tables: [], notes: ['Time to the first drawing: no chromium here.'] };
  const head = ['milliseconds', 'median', 'quartiles'];
  const rows = [spreadRow('from the address to the lines of all pools', spread(known))];
  return { tables: [{ title: 'The page in Chromium on the same host', head, rows }], notes: [] };
}

/** All files, as they are sent. */
function kilobytes(): number {
  return readdirSync(FILES).reduce((sum, file) => sum + statSync(join(FILES, file)).size, 0) / 1000;
}

async function onePair({ pid }: ChildProcess): Promise<Measured> {
  const share = async () => (await cpuShare([pid!], () => sleep(SPAN_MS)))[0]!;
  const alone = await share();
  return { alone, watched: await withClients(share), firstMs: await firstMs() };
}

async function withClients(use: () => Promise<number>): Promise<number> {
  const clients = await Promise.all(Array.from({ length: CLIENTS }, (_, i) => client(`pool-${i % POOLS}`)));
  try {
    await sleep(SETTLE_MS);
    const before = clients.map(({ bytes }) => bytes());
    const used = await use();
    if (clients.some(({ bytes }, i) => bytes() === before[i])) throw new Error('a page was sent nothing');
    return used;
  } finally {
    for (const { call } of clients) call.destroy();
  }
}

/** One that listens as the page does, with a pool open. */
async function client(pool: string): Promise<{ call: ClientRequest; bytes: () => number }> {
  const call = get(`http://${ADDRESS}/api/v1/stream?pool=${pool}`, { agent: false });
  const [response] = (await once(call, 'response')) as [IncomingMessage];
  if (response.statusCode !== 200) throw new Error(`the stream answers ${response.statusCode}`);
  call.on('error', () => {});
  let bytes = 0;
  response
    .on('error', () => {})
    .on('data', (part: Buffer) => {
      bytes += part.length;
    });
  return { call, bytes: () => bytes };
}

/** Null where there is no browser. */
async function firstMs(): Promise<number | null> {
  if (noBrowser() !== null) return null;
  try {
    const { page: tab } = await openPage(`http://${ADDRESS}/`);
    await tab
      .locator('.row .spark path.p99')
      .nth(POOLS - 1)
      .waitFor({ state: 'attached' });
    return (await tab.evaluate('performance.now()')) as number;
  } finally {
    await undoAll();
  }
}
