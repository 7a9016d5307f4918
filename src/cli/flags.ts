import type { Flags } from './args.ts';

export const TOP_FLAGS = {
  url: { value: 'URL', default: 'http://127.0.0.1:10435', help: 'the daemon to ask' },
  once: { help: 'print one frame and end' },
} as const satisfies Flags;

export const DOCTOR_FLAGS = { json: { help: 'print JSON' } } as const satisfies Flags;
