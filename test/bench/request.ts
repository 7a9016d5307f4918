import { cpuSeconds } from './cpu.ts';
import { onePair, type Pair, steadiest, undisturbed } from './pairs.ts';
import type { BenchOptions, Part, Section, Table, Target } from './part.ts';
import { follow, openProbes, requestsOf } from './pooldrift.ts';
import { median, medianInterval, type Spread, spread } from './stats.ts';
import { startNginx, startWorkload, type WebServer } from './webserver.ts';
import { type Load, wrk } from './wrk.ts';

const SECONDS = 2;
/** Under way when wrk stops, or cut off when it connects anew. */
const UNCOUNTED = 2;

type Scenario = { name: string; server: 'nginx' | 'handlers'; connections: number; all: boolean };

const SCHED_ONLY = 'nginx, the scheduler probe only';
const ALL_ON = 'nginx, all on';
const HANDLERS = 'handlers of 1 ms, all on';

const SCENARIOS: readonly Scenario[] = [
  { name: SCHED_ONLY, server: 'nginx', connections: 16, all: false },
  { name: ALL_ON, server: 'nginx', connections: 16, all: true },
  { name: HANDLERS, server: 'handlers', connections: 4, all: true },
];

/** What watching costs a server: requests a second with and without. */
export const request: Part = { name: 'request', run: requestSection };

type Found = { pairs: Pair[]; busy: number[] };

async function requestSection(options: BenchOptions): Promise<Section> {
  const found = new Map<string, Found>(SCENARIOS.map(({ name }) => [name, { pairs: [], busy: [] }]));
  for (const server of ['nginx', 'handlers'] as const) {
    const web = await (server === 'nginx' ? startNginx() : startWorkload('perconn', 'cpu=1000'));
    try {
      const scenarios = SCENARIOS.filter((scenario) => scenario.server === server);
      for (let round = 0; round < options.pairs; round++) {
        for (const scenario of scenarios) {
          options.progress(`request, pair ${round + 1} of ${options.pairs}: ${scenario.name}`);
          await oneRound(web, scenario, found.get(scenario.name)!);
        }
      }
    } finally {
      await web.stop();
    }
  }
  return describe(found, options.pairs);
}

async function oneRound(web: WebServer, scenario: Scenario, { pairs, busy }: Found): Promise<void> {
  const alone = async () => {
    const before_s = cpuSeconds(web.pid);
    const load = await wrk(web, scenario.connections, SECONDS);
    busy.push((1e6 * (cpuSeconds(web.pid) - before_s)) / load.us);
    return load.us / load.requests;
  };
  pairs.push(await steadiest(() => onePair(alone, () => watched(web, scenario))));
}

async function watched(web: WebServer, { connections, all }: Scenario): Promise<number | null> {
  const probes = await openProbes(all);
  try {
    follow(probes, web);
    return await undisturbed([process.pid], async () => {
      const load = await wrk(web, connections, SECONDS);
      if (all) agree(requestsOf(probes), load, connections);
      return load.us / load.requests;
    });
  } finally {
    probes.close();
  }
}

/** @throws where the probe has not seen what wrk has */
export function agree(seen: number, { requests }: Load, connections: number): void {
  if (Math.abs(seen - requests) <= UNCOUNTED * connections) return;
  throw new Error(`the probe counted ${seen} requests, wrk ${requests}`);
}

/** Share of the requests a second that the watched run lacks. */
function lost(pairs: readonly Pair[]): number[] {
  return pairs.map(({ alone_us, with_us }) => 1 - alone_us / with_us);
}

function describe(found: Map<string, Found>, count: number): Section {
  return {
    name: 'Requests: slowdown',
    tables: [table(found, count)],
    targets: [...nginxTargets(found), handlersTarget(lost(found.get(HANDLERS)!.pairs))],
    notes: NOTES,
  };
}

const NOTES = [
  `The server has one core, wrk another, with one thread; each run takes ${SECONDS} s. Each watched run stands between two alone; a pair whose two differ by 4 % or more is done again, three times at most.`,
  'nginx answers with a file of 6 bytes on 16 connections kept alive: the least work a request there is. The other server computes for 1 ms a request, on 4 connections.',
  '"Server busy" is the share of its core that the server has when alone: far below 100 %, wrk is what limits the pair.',
  "The kernel keeps no program statistics during these runs (checked after each); the probe's count of requests is wrk's (checked too).",
];

function table(found: Map<string, Found>, count: number): Table {
  const rows = [...found].map(([name, { pairs, busy }]) => {
    const all = lost(pairs);
    const rate = (us: number[]) => (1e6 / median(us)).toFixed(0);
    const alone = rate(pairs.map(({ alone_us }) => alone_us));
    const watched = rate(pairs.map(({ with_us }) => with_us));
    const sure = medianInterval(all);
    return [name, alone, watched, percent(median(all)), range(spread(all)), range(sure), percent(median(busy))];
  });
  const title = `Requests a second, ${count} interleaved pairs each: medians`;
  const head = ['watched', 'alone', 'watched', 'lost', 'quartiles', 'median is in (95 %)', 'server busy'];
  return { title, head, rows };
}

function nginxTargets(found: Map<string, Found>): Target[] {
  const value = 100 * median(lost(found.get(ALL_ON)!.pairs));
  return [{ name: 'nginx, all on', value, limit: 10, goal: 5, unit: '% of requests/s' }];
}

/** Not measurable, which counts as 0, where the median may as well be 0. */
function handlersTarget(values: readonly number[]): Target {
  const { low, high } = medianInterval(values);
  const measurable = low > 0 || high < 0;
  const value = measurable ? 100 * median(values) : 0;
  return { name: measurable ? HANDLERS : `${HANDLERS}: not measurable`, value, limit: 1, unit: '% of requests/s' };
}

function range({ low, high }: Pick<Spread, 'low' | 'high'>): string {
  return `${percent(low)} to ${percent(high)}`;
}

function percent(ratio: number): string {
  return `${(100 * ratio).toFixed(1)} %`;
}
