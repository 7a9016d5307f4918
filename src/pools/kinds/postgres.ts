import { type KindRules, unknown } from './kind.ts';

/** Auxiliary processes, by their titles (PostgreSQL's src/backend/utils/misc/ps_status.c), with or without cluster_name. */
const AUXILIARY =
  /^postgres: (?:[^ ]+: )?(?:checkpointer|background writer|wal ?writer|wal ?receiver|wal ?sender|wal ?summarizer|autovacuum|logical replication|archiver|stats collector|startup|logger|io worker|slotsync|bgworker|parallel worker)/;

/**
 * Backends alive. max_connections is a ceiling for clients, not a number of workers that somebody chose to run, and
 * max_worker_processes is about helpers; neither can be read from outside without the server's own files.
 */
export const postgres: KindRules = {
  kind: 'postgres',
  recognise: (top) => /^(postgres|postmaster)$/.test(top.exeName),
  size(members) {
    const titles = members.map((member) => member.title);
    const backends = titles.filter((title) => title.startsWith('postgres: ') && !AUXILIARY.test(title)).length;
    if (backends === 0) return unknown('no client is connected: PostgreSQL starts a backend for each');
    return {
      size: backends,
      source: 'processes',
      reason: `${backends} client backends alive; max_connections is only their ceiling`,
    };
  },
};
