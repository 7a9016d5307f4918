/** The configuration after defaults: plain values, units in the names. The YAML: docs/configuration.md. */

/** "exact" or "/regex/" (RE2, unanchored), with the text it came from. */
export type Matcher = { source: string; test(input: string): boolean };

/** Conditions of one pool; all that are given must hold. */
export type MatchConfig = {
  listen?: number;
  exe?: Matcher;
  comm?: Matcher;
  cmdline?: Matcher;
  cgroup?: Matcher;
  /** Full name: "checkout.service". */
  unit?: string;
  pid?: number;
  /** Login name or uid. */
  user?: string | number;
};

export const SIZE_WAYS = ['auto', 'go', 'nginx', 'node', 'threads', 'cgroup'] as const;
export type SizeWay = (typeof SIZE_WAYS)[number];
export type SizeConfig = { from: SizeWay } | { fixed: number } | { metric: string };

export type PoolConfig = {
  name: string;
  match: MatchConfig;
  /** Which threads are workers; null: all. */
  workers: Matcher | null;
  size: SizeConfig;
  /** Where latency is measured; null: on every port the pool listens on. */
  latency: { listen: number[] } | { metric: string } | null;
  scrape: { url: string; intervalSeconds: number } | null;
};

/** Files are absolute; they are read at each sending. */
export type AlertmanagerConfig = {
  url: string;
  timeoutSeconds: number;
  basicAuth: { username: string; passwordFile: string } | null;
  bearerTokenFile: string | null;
  tls: {
    caFile: string | null;
    certFile: string | null;
    keyFile: string | null;
    serverName: string | null;
    insecureSkipVerify: boolean;
  } | null;
};

export type Limits = { pools: number; workers: number; thieves: number; memoryBytes: number; overheadRatio: number };

export type Config = {
  intervalSeconds: number;
  instance: string;
  discover: boolean;
  pools: PoolConfig[];
  drift: { windowSeconds: number; baselineSeconds: number; ratioMin: number; falseAlarmsPerPoolYear: number };
  /** Globs; relative ones start at the configuration file's directory. */
  ruleFiles: string[];
  /** The rules that come with pooldrift are evaluated too. */
  builtinRules: boolean;
  /** `runbooks`: where the pages of the built-in alerts are served; null: nowhere. */
  alerting: {
    alertmanagers: AlertmanagerConfig[];
    resendDelaySeconds: number;
    externalLabels: Record<string, string>;
    runbooks: string | null;
  };
  limits: Limits;
  probes: { sched: boolean; tcp: boolean; request: boolean; ring: 'bpf' | 'perf' };
};

/** One thing wrong with one place of a file. Line and column start at 1. */
export type Fault = { file: string; line: number; column: number; message: string };

export function formatFault(fault: Fault): string {
  return `${fault.file}:${fault.line}:${fault.column}: ${fault.message}`;
}
