import type { ApiPool, ApiPools } from '../outputs/api.ts';
import { COLUMNS, type Column, cell } from '../outputs/columns.ts';

const STYLE = `
body { font: 14px/1.5 system-ui, sans-serif; margin: 2rem; color: #222; background: #fff }
table { border-collapse: collapse } th, td { padding: .3rem .8rem; text-align: right; border-bottom: 1px solid #ddd }
th:first-child, td:first-child, th:last-child, td:last-child { text-align: left }
@media (prefers-color-scheme: dark) { body { color: #ddd; background: #181818 } th, td { border-color: #444 } a { color: #8bf } }`;

/** A plain page without a script: the table of pools, the worst first. */
export function page(status: ApiPools): string {
  const head = COLUMNS.map(({ title }) => `<th scope="col">${escapeHtml(title)}</th>`).join('');
  const rows = status.pools.map((pool) => row(pool, COLUMNS)).join('\n');
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta http-equiv="refresh" content="5">
<meta name="viewport" content="width=device-width"><title>pooldrift ${escapeHtml(status.host)}</title><style>${STYLE}</style></head>
<body><h1>pooldrift ${escapeHtml(status.version)}</h1>
<p>${escapeHtml(status.host)}, Linux ${escapeHtml(status.kernel)}, ${status.cpus} CPUs · ${escapeHtml(status.at)}</p>
<table><thead><tr>${head}</tr></thead><tbody>
${rows}
</tbody></table>
${status.pools.length === 0 ? '<p>No pool yet.</p>' : ''}
<p><a href="/metrics">/metrics</a> · <a href="/api/v1/pools">/api/v1/pools</a></p></body></html>
`;
}

function row(pool: ApiPool, columns: readonly Column[]): string {
  return `<tr title="${escapeHtml(pool.sizeReason)}">${columns.map((c) => `<td>${escapeHtml(cell(c, pool))}</td>`).join('')}</tr>`;
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character]!);
}
