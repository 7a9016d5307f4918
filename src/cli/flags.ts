import type { Flags } from './args.ts';

const URL_FLAG = { value: 'URL', default: 'http://127.0.0.1:10435', help: 'the daemon to ask' };

export const TOP_FLAGS = {
  url: URL_FLAG,
  once: { help: 'print one frame and end' },
} as const satisfies Flags;

export const EXPLAIN_FLAGS = { url: URL_FLAG, json: { help: 'print JSON' } } as const satisfies Flags;

export const BASELINE_FLAGS = { url: URL_FLAG } as const satisfies Flags;

export const DOCTOR_FLAGS = { json: { help: 'print JSON' } } as const satisfies Flags;

export const RULES_FLAGS = {
  folk: { help: 'print the rules and names that people bring along instead' },
  runbooks: { value: 'URL', help: 'where the pages of docs/runbooks are served' },
} as const satisfies Flags;

export const DASHBOARDS_FLAGS = {
  out: { value: 'DIR', help: 'write each into a file of its own there instead' },
} as const satisfies Flags;
