import type { Finding } from '../kernel/features.ts';
import { noMore, parseFlags } from './args.ts';
import { DOCTOR_FLAGS } from './flags.ts';
import { colourWanted, type Paint, painter } from './paint.ts';
import { effectiveCapabilities, optionalPrivileges } from './privileges.ts';

/** `pooldrift doctor`: 1 where something that the daemon cannot do without is missing. */
export async function doctor(argv: string[]): Promise<number> {
  const parsed = parseFlags(argv, DOCTOR_FLAGS);
  noMore(parsed);
  const { inspectKernel } = await import('../kernel/features.ts');
  const optional = optionalPrivileges(effectiveCapabilities());
  const names = new Set(optional.map(({ name }) => name));
  const findings = [...inspectKernel().filter(({ name }) => !names.has(name)), ...optional];
  const json = `${JSON.stringify({ ok: canRun(findings), findings }, null, 2)}\n`;
  process.stdout.write(
    parsed.values.has('json') ? json : report(findings, painter(colourWanted(process.stdout, process.env))),
  );
  return canRun(findings) ? 0 : 1;
}

export function canRun(findings: readonly Finding[]): boolean {
  return findings.every(({ ok, required }) => ok || !required);
}

/** A line a finding; below one that is missing, what is lost and what to do. */
export function report(findings: readonly Finding[], paint: Paint): string {
  const width = Math.max(0, ...findings.map(({ name }) => name.length));
  const lines = findings.flatMap((finding) => {
    const { name, ok, required, detail, lost, remedy } = finding;
    const mark = ok ? paint('good', 'ok     ') : required ? paint('bad', 'MISSING') : paint('warn', 'missing');
    const indent = ' '.repeat(9);
    const more = ok
      ? []
      : [lost && `${indent}lost: ${lost}`, remedy && `${indent}remedy: ${remedy}`].filter((line) => line !== '');
    return [`${mark}  ${name.padEnd(width)}  ${detail}`.trimEnd(), ...more];
  });
  const verdict = canRun(findings)
    ? paint('good', 'pooldrift can run here.')
    : paint('bad', 'pooldrift cannot run here.');
  return `${[...lines, '', verdict].join('\n')}\n`;
}
