import type { Format } from './encode.ts';

type Range = { type: string; version: string | undefined; q: number };

/** The format that an Accept header asks for (RFC 9110, section 12.5.1); text where it asks for neither. */
export function negotiate(accept: string | undefined): Format {
  const ranges = (accept ?? '*/*').split(',').map(parseRange);
  const openmetrics = quality(ranges, ['application/openmetrics-text'], ['1.0.0', '0.0.1']);
  const text = quality(ranges, ['text/plain', 'text/*', '*/*'], ['0.0.4']);
  return openmetrics > 0 && openmetrics >= text ? 'openmetrics' : 'text';
}

/** Weight of the most specific range that fits; a range for another version does not. */
function quality(ranges: readonly Range[], types: readonly string[], versions: readonly string[]): number {
  for (const type of types) {
    const fitting = ranges.filter((r) => r.type === type && (r.version === undefined || versions.includes(r.version)));
    if (fitting.length > 0) return Math.max(...fitting.map(({ q }) => q));
  }
  return 0;
}

function parseRange(text: string): Range {
  const [type = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase());
  const find = (name: string) => parameters.find((p) => p.startsWith(`${name}=`))?.slice(name.length + 1);
  const q = Number(find('q') ?? 1);
  return { type, version: find('version')?.replaceAll('"', ''), q: q >= 0 && q <= 1 ? q : 0 };
}
