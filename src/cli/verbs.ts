import type { Flags } from './args.ts';
import { BASELINE_FLAGS, DASHBOARDS_FLAGS, DOCTOR_FLAGS, EXPLAIN_FLAGS, RULES_FLAGS, TOP_FLAGS } from './flags.ts';
import { RUN_FLAGS } from './run_flags.ts';

/** Exit code. */
export type Run = (argv: string[]) => Promise<number>;

export type Verb = { does: string; flags: Flags; load: () => Promise<Run> };

/** Every verb; each is loaded only when it is asked for. */
export const VERBS: ReadonlyMap<string, Verb> = new Map(
  Object.entries({
    run: { does: 'the daemon (default)', flags: RUN_FLAGS, load: async () => (await import('./run.ts')).run },
    check: {
      does: 'validate the configuration and rule files',
      flags: { 'config.file': RUN_FLAGS['config.file'] },
      load: async () => (await import('./check.ts')).check,
    },
    top: { does: 'live view of a running daemon', flags: TOP_FLAGS, load: async () => (await import('./top.ts')).top },
    explain: {
      does: 'where the tail of a pool is, and why: pooldrift explain POOL',
      flags: EXPLAIN_FLAGS,
      load: async () => (await import('./explain.ts')).explain,
    },
    doctor: {
      does: 'what this kernel and these privileges allow',
      flags: DOCTOR_FLAGS,
      load: async () => (await import('./doctor.ts')).doctor,
    },
    baseline: {
      does: 'take a new baseline of a pool from now on: pooldrift baseline POOL',
      flags: BASELINE_FLAGS,
      load: async () => (await import('./baseline.ts')).baseline,
    },
    rules: {
      does: 'the built-in rules, as one rule file for Prometheus',
      flags: RULES_FLAGS,
      load: async () => (await import('./rules.ts')).rules,
    },
    dashboards: {
      does: 'the Grafana dashboards as JSON: pooldrift dashboards [NAME]',
      flags: DASHBOARDS_FLAGS,
      load: async () => (await import('./dashboards.ts')).dashboards,
    },
  }),
);
