import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiExplain } from '../../src/outputs/explain.ts';
import { Daemon } from '../scenario/daemon.ts';
import type { Row } from './row.ts';
import { CLIENT_CPU, ground, PORT, type Scene, type Stage } from './scene.ts';

const POLL_MS = 100;
const ARMED_SECONDS = 60;
/** The fault begins after so many calm seconds with an armed baseline; without them, after so many at the most. */
const CALM_SECONDS = 2;
const HEALTHY_SECONDS_MAX = 10;
/** P99 over the baseline's in which a healthy phase is calm. */
const CALM = [0.5, 1.5] as const;
const FOUND_SECONDS = 15;
const SETTLED_SECONDS = 20;

/** One daemon, one server: a healthy phase until the baseline is armed, then the fault, until its cause is settled. */
export async function repetition(scene: Scene, number: number): Promise<Row> {
  const stage = await scene.stage(ground());
  const daemon = await Daemon.start({ config: configuration(stage), wrap: ['taskset', '-c', String(CLIENT_CPU)] });
  const healthyEpisodes = await healthy(daemon);
  await stage.begin();
  const onsetMs = Date.now();
  const found = await first(daemon, FOUND_SECONDS, ({ drifting }) => drifting);
  const foundSeconds = found && secondsSince(onsetMs);
  const settled = found && (await first(daemon, SETTLED_SECONDS, ({ settledAt }) => settledAt !== null));
  const said = settled ?? (await explained(daemon));
  return {
    ...{ scene: scene.name, repetition: number, foundSeconds, healthyEpisodes },
    ...verdictOf(said, settled !== null ? said.verdict : found && 'unsettled'),
    settledSeconds: settled && secondsSince(onsetMs),
    sinceSeconds: said.since === null ? null : (Date.parse(said.since) - onsetMs) / 1000,
    ratio: said.driftRatio,
  };
}

/** A small window and baseline, so that the baseline is armed soon. Probes are not given up on a busy machine. */
export const SETTINGS = `interval: 1s
discover: off
drift: { window: 2s, baseline: 2m }
limits: { overhead: 0.5 }
`;

function configuration({ settings }: Stage): string {
  return `${SETTINGS}pools:\n  - { name: it, match: { listen: ${PORT} }${settings ? `, ${settings}` : ''} }\n`;
}

/** How many episodes there are before the fault. */
async function healthy(daemon: Daemon): Promise<number> {
  const armed = await first(daemon, ARMED_SECONDS, ({ armedInSeconds }) => armedInSeconds === 0);
  if (armed === null)
    throw new Error(`no baseline after ${ARMED_SECONDS} s: ${JSON.stringify(await explained(daemon))}`);
  let [episodes, drifted] = [0, false];
  const start = performance.now();
  let calmMs = start;
  for (let now = start; now < start + HEALTHY_SECONDS_MAX * 1000; await sleep(POLL_MS), now = performance.now()) {
    const { drifting, driftRatio } = await explained(daemon);
    if (drifting && !drifted) episodes++;
    drifted = drifting;
    if (drifting || driftRatio === null || driftRatio < CALM[0] || driftRatio > CALM[1]) calmMs = now;
    else if (now >= calmMs + CALM_SECONDS * 1000) break;
  }
  return episodes;
}

/** The first answer for which it holds; null where there is none in time. */
async function first(
  daemon: Daemon,
  seconds: number,
  holds: (said: ApiExplain) => boolean,
): Promise<ApiExplain | null> {
  for (const end = performance.now() + seconds * 1000; performance.now() < end; await sleep(POLL_MS)) {
    const said = await explained(daemon);
    if (holds(said)) return said;
  }
  return null;
}

async function explained(daemon: Daemon): Promise<ApiExplain> {
  return (await fetch(`${daemon.url}/api/v1/pools/it/explain`)).json() as Promise<ApiExplain>;
}

/** `verdict` is null where there was no episode. */
function verdictOf({ causes }: ApiExplain, verdict: string | null): Pick<Row, 'verdict' | 'thief' | 'share' | 'said'> {
  const all = causes.map(({ cause, confidence }) => `${cause} ${(100 * confidence).toFixed(0)} %`).join(', ');
  const chosen = causes.find(({ cause }) => cause === verdict);
  return {
    verdict,
    thief: chosen?.thief?.comm ?? null,
    share: chosen?.confidence ?? null,
    said: chosen ? `${all}; ${chosen.evidence}` : all,
  };
}

function secondsSince(atMs: number): number {
  return (Date.now() - atMs) / 1000;
}
