import { printable } from '../decode/printable.ts';

/** Why a scrape, or one metric of it, gave nothing: one line for a person. */
export class ScrapeFault extends Error {}

export const CUT = 'the connection was closed before the answer was whole';

const BY_CODE: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: CUT,
  EPIPE: CUT,
  EHOSTUNREACH: 'no route to the host',
  ENETUNREACH: 'no route to the host',
  ETIMEDOUT: 'the host does not answer',
  ENOTFOUND: 'the name cannot be resolved',
  EAI_AGAIN: 'the name cannot be resolved',
  EMFILE: 'this process has no file descriptor left',
  HPE_HEADER_OVERFLOW: 'its HTTP headers are too long',
  EPROTO: 'no TLS answers there',
};

/** One line: what went wrong with a request. */
export function describe(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return describe(error.errors[0]);
  if (!(error instanceof Error)) return printable(String(error));
  if (error instanceof ScrapeFault) return error.message;
  const { code = '' } = error as NodeJS.ErrnoException;
  if (BY_CODE[code] !== undefined) return BY_CODE[code];
  if (code.startsWith('HPE_')) return 'no HTTP answers there';
  return printable(error.message.split('\n')[0]!);
}
