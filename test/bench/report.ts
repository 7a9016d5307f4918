import { met, type Section, type Table, type Target } from './part.ts';

/** The sections as Markdown that also reads well on a terminal: columns are padded. */
export function markdown(machine: string, sections: readonly Section[]): string {
  const intro = ['# Benchmarks', '', 'Written by `npm run bench`.', '', machine];
  return `${[...intro, ...sections.flatMap(section)].join('\n')}\n`;
}

function section({ name, tables, targets, notes }: Section): string[] {
  const lines = ['', `## ${name}`];
  for (const each of tables) lines.push('', each.title, '', ...grid(each));
  if (targets.length > 0) lines.push('', 'Held against the promise:', '', ...grid(verdicts(targets)));
  if (notes.length > 0) lines.push('', ...notes.map((note) => `- ${note}`));
  return lines;
}

function verdicts(targets: readonly Target[]): Table {
  return {
    title: '',
    head: ['what', 'measured', 'limit', 'goal', 'verdict'],
    rows: targets.map((target) => [
      target.name,
      amount(target.value, target.unit),
      amount(target.limit, target.unit),
      target.goal === undefined ? '' : amount(target.goal, target.unit),
      verdict(target),
    ]),
  };
}

function verdict(target: Target): string {
  if (!met(target)) return 'MISS';
  return target.goal !== undefined && target.value <= target.goal ? 'pass, goal reached' : 'pass';
}

function amount(value: number, unit: string): string {
  return `${value.toFixed(Math.abs(value) < 10 ? 2 : 1)} ${unit}`.trim();
}

function grid({ head, rows }: Table): string[] {
  const widths = head.map((cell, i) => Math.max(cell.length, 3, ...rows.map((row) => row[i]?.length ?? 0)));
  const line = (cells: readonly string[]) => `| ${widths.map((w, i) => (cells[i] ?? '').padEnd(w)).join(' | ')} |`;
  return [line(head), `|${widths.map((w) => '-'.repeat(w + 2)).join('|')}|`, ...rows.map(line)];
}
