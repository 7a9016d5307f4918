import type { JudgedPool } from '../attribution/judged.ts';
import { REASONS, SCOPES, STATES } from '../decode/sample.ts';
import type { PoolReading } from '../windows/windows.ts';
import { putAlerting, putReload } from './alerting.ts';
import { CATALOG, type MetricKey } from './catalog.ts';
import { escapeLabel, labelString } from './encode.ts';
import { type Put, putHistogram } from './histogram.ts';
import type { Family, Point } from './metric.ts';
import { putNotifications } from './notifications.ts';
import type { Reading } from './reading.ts';
import { putDrift, putRequests, putTcp } from './requests.ts';
import { putRuntime } from './runtime.ts';

const NS = 1e9;

/** The catalog filled with one reading, in the catalog's order; `names`: only families that have a series so named. */
export function families(reading: Reading, names: ReadonlySet<string> | null = null): Family[] {
  const keys = KEYS.filter((key) => names === null || SUFFIXES.some((suffix) => names.has(CATALOG[key].name + suffix)));
  const points = new Map<MetricKey, Point[]>(keys.map((key) => [key, []]));
  const add = (key: MetricKey, value: number | null, labels = '', suffix = '') => {
    if (value !== null) points.get(key)?.push({ suffix, labels, value });
  };
  const put: Put = Object.assign(add, { wants: (key: MetricKey) => points.has(key) });
  for (const pool of reading.pools) putPool(put, pool);
  putProbes(put, reading);
  putSelf(put, reading);
  if (reading.alerting) putAlerting(put, reading.alerting);
  if (reading.reload) putReload(put, reading.reload);
  if (reading.notifications) putNotifications(put, reading.notifications);
  return keys.map((key) => ({ metric: CATALOG[key], points: points.get(key)! }));
}

const KEYS = Object.keys(CATALOG) as MetricKey[];
const SUFFIXES = ['', '_bucket', '_sum', '_count'];

function putPool(put: Put, reading: JudgedPool): void {
  const { pool, sample, gauges } = reading;
  const label = `pool="${escapeLabel(pool.name)}"`;
  const { kind, sizeSource: size_source, container, pod, namespace } = pool;
  put('poolInfo', 1, `${label},${labelString({ kind, size_source, container, pod, namespace })}`);
  put('poolSize', pool.size, label);
  put('poolThreads', sample?.workers ?? 0, label);
  put('poolActiveWorkers', gauges.activeWorkers, label);
  put('poolParallelism', gauges.parallelism, label);
  put('poolDemand', gauges.demand, label);
  put('poolSizeDeviation', reading.sizeDeviation, label);
  put('poolCpuLimit', pool.cpuLimit, label);
  put('poolWaitP99', gauges.waitP99Ns === null ? null : gauges.waitP99Ns / NS, label);
  if (sample !== null) putCounters(put, reading, label);
  if (reading.signals !== null) putRuntime(put, reading.signals, label);
  if (reading.tcp !== null) putTcp(put, reading.tcp, label);
  if (reading.request !== null) putRequests(put, reading.request, label);
  putDrift(put, reading, label);
}

function putCounters(put: Put, { sample, stolenNs }: PoolReading, label: string): void {
  const { timeNs, blockedNs, switches, migrations, waits, waitSumNs } = sample!;
  for (const state of STATES) put('poolTime', timeNs[state] / NS, `${label},state="${state}"`);
  for (const reason of REASONS) put('poolBlocked', blockedNs[reason] / NS, `${label},reason="${reason}"`);
  for (const [thief, ns] of stolenNs) put('poolStolen', ns / NS, `${label},thief="${escapeLabel(thief)}"`);
  put('poolSwitches', switches.voluntary, `${label},kind="voluntary"`);
  put('poolSwitches', switches.involuntary, `${label},kind="involuntary"`);
  for (const scope of SCOPES) put('poolMigrations', migrations[scope], `${label},scope="${scope}"`);
  putHistogram(put, 'poolWait', waits, waitSumNs, label);
}

function putProbes(put: Put, { rings, programs, memory }: Reading): void {
  for (const { ring, records, lost, decodeErrors } of rings) {
    const label = labelString({ ring });
    put('ringRecords', records, label);
    put('ringLost', lost, label);
    put('decodeErrors', decodeErrors, label);
  }
  for (const { program, runs, runNs, recursionMisses } of programs) {
    const label = labelString({ program });
    put('bpfRuns', runs, label);
    put('bpfRunTime', runNs / NS, label);
    put('bpfRecursionMisses', recursionMisses, label);
  }
  for (const { object, bytes } of memory) put('bpfMemory', bytes, labelString({ object }));
}

function putSelf(put: Put, reading: Reading): void {
  const { version, revision, nodeVersion: nodeversion, kernel } = reading.build;
  put('buildInfo', 1, labelString({ version, revision, nodeversion, kernel }));
  put('overhead', reading.overheadRatio);
  put('workersRefused', reading.workersRefused);
  put('poolsRefused', reading.poolsRefused);
  put('seriesDropped', reading.thievesDropped, labelString({ metric: CATALOG.poolStolen.name }));
}
