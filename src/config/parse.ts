import { type Document, isMap, isNode, isScalar, LineCounter, type Node, parseDocument } from 'yaml';
import type { z } from 'zod';
import { plainAlertmanager } from './alertmanagers.ts';
import type { Config, Fault, PoolConfig, SizeConfig } from './config.ts';
import { CONFIG, type RawConfig } from './schema.ts';

export type Parsed = { config: Config; faults: [] } | { config: null; faults: Fault[] };

/** YAML text to a configuration, or every fault in it, in the order of the file. `instance` is the default for that key. */
export function parseConfig(text: string, file: string, instance: string): Parsed {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const at = (offset: number, message: string): Fault => {
    const place = lines.linePos(offset);
    return { file, line: Math.max(place.line, 1), column: Math.max(place.col, 1), message };
  };
  const syntax = [...document.errors, ...document.warnings].map((error) => at(error.pos[0], firstLine(error.message)));
  const value = syntax.length > 0 ? undefined : plain(document);
  if (value instanceof Error) return { config: null, faults: [at(0, value.message)] };
  if (syntax.length > 0) return { config: null, faults: syntax };
  const checked = CONFIG.safeParse(value);
  const faults = [...(checked.error?.issues ?? []).flatMap(spread), ...twins(value)]
    .map(({ path, key, message }) => ({ offset: offsetOf(document, path, key), message }))
    .sort((a, b) => a.offset - b.offset)
    .map(({ offset, message }) => at(offset, message));
  return checked.success && faults.length === 0
    ? { config: plainConfig(checked.data, file, instance), faults: [] }
    : { config: null, faults };
}

/** A fault before its place in the text is known; with `key` the key itself is meant, not its value. */
type Placed = { path: PropertyKey[]; key?: PropertyKey; message: string };

function firstLine(message: string): string {
  return message.split('\n')[0]!;
}

function plain(document: Document): unknown {
  try {
    return document.toJS();
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

function spread(issue: z.core.$ZodIssue): Placed[] {
  if (issue.code === 'unrecognized_keys') {
    const messages = issue.message.split('\n');
    return issue.keys.map((key, i) => ({ path: issue.path, key, message: messages[i]! }));
  }
  const path = [...issue.path];
  if (issue.code === 'invalid_key') return [{ path: path.slice(0, -1), key: path.at(-1)!, message: issue.message }];
  const name = path.findLast((part) => typeof part === 'string');
  return [{ path, message: name === undefined ? issue.message : `${String(name)}: ${issue.message}` }];
}

/** Two pools of one name. Apart from the schema, so that it is said beside other faults. */
function twins(value: unknown): Placed[] {
  const pools = (value as { pools?: unknown } | null)?.pools;
  if (!Array.isArray(pools)) return [];
  const names = pools.map((pool) => (pool as { name?: unknown } | null)?.name);
  return names.flatMap((name, i) =>
    typeof name === 'string' && names.indexOf(name) < i
      ? [{ path: ['pools', i, 'name'], message: `name: two pools are called ${JSON.stringify(name)}` }]
      : [],
  );
}

/** Where a value stands; where it is missing, the nearest thing around it. */
function offsetOf(document: Document, path: PropertyKey[], key: PropertyKey | undefined): number {
  for (let length = path.length; length >= 0; length--) {
    const node = document.getIn(path.slice(0, length), true);
    const named =
      key !== undefined && isMap(node) ? node.items.find((pair) => keyText(pair.key) === String(key)) : undefined;
    if (named && isNode(named.key)) return named.key.range?.[0] ?? 0;
    if (isNode(node)) return (node as Node).range?.[0] ?? 0;
  }
  return 0;
}

function keyText(key: unknown): string {
  return String(isScalar(key) ? key.value : key);
}

function plainConfig(raw: RawConfig, file: string, instance: string): Config {
  return {
    intervalSeconds: raw.interval,
    instance: raw.instance ?? instance,
    discover: raw.discover,
    pools: raw.pools.map(plainPool),
    drift: {
      windowSeconds: raw.drift.window,
      baselineSeconds: raw.drift.baseline,
      ratioMin: raw.drift.ratio_min,
      falseAlarmsPerPoolYear: raw.drift.false_alarms_per_pool_year,
    },
    ruleFiles: raw.rule_files,
    builtinRules: raw.builtin_rules,
    alerting: {
      alertmanagers: raw.alerting.alertmanagers.map((entry) => plainAlertmanager(entry, file)),
      resendDelaySeconds: raw.alerting.resend_delay,
      externalLabels: raw.alerting.external_labels,
      runbooks: raw.alerting.runbooks ?? null,
    },
    limits: {
      pools: raw.limits.pools,
      workers: raw.limits.workers,
      thieves: raw.limits.thieves,
      memoryBytes: raw.limits.memory,
      overheadRatio: raw.limits.overhead,
    },
    probes: raw.probes,
  };
}

function plainPool(raw: RawConfig['pools'][number]): PoolConfig {
  const { name, match, workers, size, latency, scrape } = raw;
  return {
    name,
    match: match as PoolConfig['match'],
    workers: workers?.comm ?? null,
    size: (size as SizeConfig | undefined) ?? { from: 'auto' },
    latency: (latency as PoolConfig['latency'] | undefined) ?? null,
    scrape: scrape ? { url: scrape.url, intervalSeconds: scrape.interval } : null,
  };
}
