import { isRight, named, type Row } from './row.ts';
import { SETTINGS } from './run.ts';
import type { Scene } from './scene.ts';

const INTRO = `# Faults

Written by \`npm run bench:faults\`. Faults are put into real servers, each with a healthy phase before it, a daemon, a
server and clients of its own in every run. The server has one CPU and the clients, the daemon and what is behind the
server have the other, unless said otherwise. Servers and clients are in a cgroup that goes before everybody else; where
a fault is not about CPUs its server has real-time priority, so that others on the machine are felt less.

The daemon runs with

`;
const REASON = `so that a baseline is armed 16 s after the start (three windows of start-up, 10 healthy seconds) and a run takes half a
minute, where the defaults take more than 5 minutes to arm. A baseline of 10 s knows little of how a pool wavers, so
small drifts would wait; these are large. The budget of false alarms is the default, one a pool-year. Probes are not
given up on a busy machine. The fault begins when P99 has been between half and 1.5 times the baseline's for 2 s, after
10 s at the latest.

\`right\` is what the verdict must be, and who must be named as the neighbour; what else is right stands behind it. Times
count from the true onset: \`found\` until the daemon says that the pool drifts, \`settled\` until it has settled on the
cause, \`since\` is how much later than the true onset it says that the drift began. \`ratio\` is P99 over the
baseline's, \`share\` the verdict's of the time gained. \`healthy\` counts the episodes before the fault: there should
be none.`;

/** docs/FAULTS.md. */
export function document(machine: string, scenes: readonly Scene[], rows: readonly Row[]): string {
  const settings = `\`\`\`yaml\n${SETTINGS}\`\`\`\n\n`;
  const parts = [
    `${INTRO}${settings}${REASON}`,
    machine,
    summary(scenes, rows),
    ...scenes.flatMap((scene) => told(scene, rows)),
  ];
  return `${parts.join('\n\n')}\n`;
}

/** How many were right, and each fault's count. */
export function summary(scenes: readonly Scene[], rows: readonly Row[]): string {
  const right = rows.filter((row) => rightIn(scenes, row)).length;
  const healthy = rows.reduce((sum, row) => sum + row.healthyEpisodes, 0);
  const lines = scenes.map((scene) => {
    const own = rows.filter((row) => row.scene === scene.name);
    const good = own.filter((row) => isRight(scene, row));
    const [found, settled] = [
      median(good.map((row) => row.foundSeconds)),
      median(good.map((row) => row.settledSeconds)),
    ];
    return [scene.name, wanted(scene), `${good.length} of ${own.length}`, seconds(found), seconds(settled)];
  });
  const share = rows.length === 0 ? 0 : (100 * right) / rows.length;
  return [
    '## Summary',
    `The verdict was right in **${right} of ${rows.length} runs (${share.toFixed(1)} %)**; there were ${healthy} episodes in the healthy phases.`,
    grid(['fault', 'right', 'right runs', 'found, median', 'settled, median'], lines),
    'Misses:',
    misses(scenes, rows),
  ].join('\n\n');
}

function misses(scenes: readonly Scene[], rows: readonly Row[]): string {
  const lines = rows.filter((row) => !rightIn(scenes, row)).map(missed);
  return lines.length === 0 ? 'None.' : lines.join('\n');
}

/** One that was not right, with what was said. */
export function missed({ scene, repetition, verdict, thief, said }: Row): string {
  return `- ${scene}, run ${repetition}: ${named(verdict, thief)}. ${said}`.trimEnd();
}

function rightIn(scenes: readonly Scene[], row: Row): boolean {
  return scenes.some((scene) => scene.name === row.scene && isRight(scene, row));
}

function told(scene: Scene, rows: readonly Row[]): string[] {
  const lines = rows
    .filter((row) => row.scene === scene.name)
    .sort((a, b) => a.repetition - b.repetition)
    .map((row) => [
      `${row.repetition}`,
      named(row.verdict, row.thief),
      isRight(scene, row) ? 'yes' : 'NO',
      ...[row.foundSeconds, row.settledSeconds, row.sinceSeconds].map(seconds),
      row.ratio === null ? '' : `x${row.ratio.toFixed(2)}`,
      row.share === null ? '' : `${(100 * row.share).toFixed(0)} %`,
      `${row.healthyEpisodes}`,
    ]);
  const head = ['run', 'verdict', 'right', 'found', 'settled', 'since', 'ratio', 'share', 'healthy'];
  const what = `${scene.what[0]!.toUpperCase()}${scene.what.slice(1)}. Right: ${wanted(scene)}.`;
  return [
    `## ${scene.name}`,
    what,
    lines.length === 0 ? `Not run: ${scene.lacks?.() ?? 'left out'}.` : grid(head, lines),
  ];
}

function wanted({ right: [label, ...others], thief }: Scene): string {
  return [named(label ?? null, thief), ...others.map((cause) => `or ${named(cause)}`)].join(' ');
}

function median(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null).sort((a, b) => a - b);
  return known[known.length >> 1] ?? null;
}

function seconds(value: number | null): string {
  return value === null ? '' : `${value.toFixed(1)} s`;
}

function grid(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((cell, i) => Math.max(cell.length, 3, ...rows.map((row) => row[i]!.length)));
  const line = (cells: readonly string[]) => `| ${widths.map((width, i) => cells[i]!.padEnd(width)).join(' | ')} |`;
  return [line(head), `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`, ...rows.map(line)].join('\n');
}
