import type { ApiPool, ApiPools } from '../outputs/api.ts';
import { type Column, cell, columnsFor, driftingPools, worstFirst } from '../outputs/columns.ts';

const STYLE = `
body { font: 14px/1.5 system-ui, sans-serif; margin: 2rem; color: #222; background: #fff }
.warn { color: #8a5a00 } .bad { color: #b00020; font-weight: 600 }
table { border-collapse: collapse } th, td { padding: .3rem .8rem; text-align: right; border-bottom: 1px solid #ddd }
.left { text-align: left }
@media (prefers-color-scheme: dark) { body { color: #ddd; background: #181818 } th, td { border-color: #444 } a { color: #8bf }
  .warn { color: #fb5 } .bad { color: #f88 } }`;

/** A plain page without a script: the table of pools, the worst first. */
export function page(status: ApiPools): string {
  const columns = columnsFor(status.pools);
  const drifting = driftingPools(status.pools);
  const head = columns.map((c) => `<th scope="col"${side(c)}>${escapeHtml(c.title)}</th>`).join('');
  const rows = worstFirst(status.pools)
    .map((pool) => row(pool, columns))
    .join('\n');
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta http-equiv="refresh" content="5">
<meta name="viewport" content="width=device-width"><title>pooldrift ${escapeHtml(status.host)}</title><style>${STYLE}</style></head>
<body><h1>pooldrift ${escapeHtml(status.version)}</h1>
<p>${escapeHtml(status.host)}, Linux ${escapeHtml(status.kernel)}, ${status.cpus} CPUs · ${escapeHtml(status.at)}${drifting === 0 ? '' : ` · <b class="bad">${drifting} drifting</b>`}</p>
<table><thead><tr>${head}<th></th></tr></thead><tbody>
${rows}
</tbody></table>
${status.pools.length === 0 ? '<p>No pool yet.</p>' : ''}
<p><a href="/metrics">/metrics</a> · <a href="/api/v1/pools">/api/v1/pools</a></p></body></html>
`;
}

function row(pool: ApiPool, columns: readonly Column[]): string {
  const cells = columns.map((c) => `<td${side(c, pool)}>${escapeHtml(cell(c, pool))}</td>`);
  return `<tr title="${escapeHtml(pool.sizeReason)}">${cells.join('')}<td>${more(pool)}</td></tr>`;
}

function side({ align, tone }: Column, pool?: ApiPool): string {
  const classes = [align === 'left' ? 'left' : null, pool === undefined ? null : (tone?.(pool) ?? null)];
  const named = classes.filter((name) => name !== null);
  return named.length === 0 ? '' : ` class="${named.join(' ')}"`;
}

function more({ pool }: ApiPool): string {
  return `<a href="/api/v1/pools/${escapeHtml(encodeURIComponent(pool.toWellFormed()))}/explain">explain</a>`;
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character]!);
}
