import { type Logger, pino, stdTimeFunctions } from 'pino';
import type { LogFormat, LogLevel } from './run_flags.ts';

export type { Logger };

/** pino, one line an event, in Prometheus's manner: `ts=... level=info msg="..." pool=checkout`, or the same as JSON. */
export function createLogger(level: LogLevel, format: LogFormat, sink: (line: string) => void): Logger {
  const write = format === 'json' ? sink : (line: string) => sink(logfmt(JSON.parse(line)));
  const time = () => stdTimeFunctions.isoTime().replace('"time"', '"ts"');
  const formatters = { level: (label: string) => ({ level: label }), bindings: () => ({}) };
  return pino({ level, messageKey: 'msg', timestamp: time, formatters }, { write });
}

/** https://brandur.org/logfmt. An error shows its message; its stack is in the JSON form. */
export function logfmt(entry: Record<string, unknown>): string {
  const { ts, level, msg, ...rest } = entry;
  const pairs = Object.entries({ ts, level, msg, ...rest }).filter(([, value]) => value !== undefined);
  return `${pairs.map(([key, value]) => `${key}=${formatValue(value)}`).join(' ')}\n`;
}

function formatValue(value: unknown): string {
  if (typeof value === 'object' && value !== null && 'stack' in value && 'message' in value)
    return quoted(String(value.message));
  return quoted(typeof value === 'string' ? value : JSON.stringify(value));
}

/** Quoted where needed; what a terminal could act on is escaped, C1 and bidirectional marks too, which JSON leaves. */
function quoted(text: string): string {
  if (/^[^\s"=\p{Cc}\p{Cf}]+$/u.test(text)) return text;
  return JSON.stringify(text).replace(
    /[\p{Cc}\p{Cf}\u2028\u2029]/gu,
    (c) => `\\u${c.codePointAt(0)!.toString(16).padStart(4, '0')}`,
  );
}
