import type { ApiAlert } from '../../outputs/api_alerts.ts';
import type { LivePool, LiveStatus } from '../../outputs/live.ts';
import { count, percent } from '../../outputs/units.ts';
import { byId, clock, el, sayIn, setText } from './dom.ts';

export function showStatus(status: LiveStatus): void {
  const { version, host, kernel, cpus, overheadRatio, recordsLost, workersRefused, poolsRefused } = status;
  const lost = [
    [recordsLost, 'records lost'],
    [workersRefused, 'workers without room'],
    [poolsRefused, 'pools without room'],
  ] as const;
  const said = [
    host,
    `Linux ${kernel}`,
    `${cpus} CPUs`,
    `pooldrift ${version}`,
    overheadRatio === null ? '' : `overhead ${percent(overheadRatio)}`,
    ...lost.map(([many, what]) => (many === 0 ? '' : `${count(many)} ${what}`)),
  ];
  setText(byId('host'), said.filter(Boolean).join(' · '));
}

/** How many drift: here, and in the title of the window. */
export function showDrifting(pools: readonly LivePool[], status: LiveStatus | null): void {
  const drifting = pools.filter(({ requests }) => requests?.drifting).length;
  sayIn(byId('drifting'), drifting === 0 ? '' : `${drifting} drifting`);
  const title = `${drifting === 0 ? '' : `(${drifting}) `}pooldrift ${status?.host ?? ''}`.trim();
  if (document.title !== title) document.title = title;
}

/** `atMs`: of what is shown; null: nothing yet. */
export function showLiveness(live: boolean, atMs: number | null): void {
  const at = atMs === null ? '' : clock(atMs);
  document.body.classList.toggle('stale', !live && atMs !== null);
  setText(byId('live'), live ? `live ${at}` : atMs === null ? 'no daemon answers yet' : `not live since ${at}`);
  const since = `Not live: the daemon does not answer. What you see is of ${at}; the page tries again by itself.`;
  sayIn(byId('stale'), live || atMs === null ? '' : since);
}

export function showAlerts(alerts: readonly ApiAlert[]): void {
  const section = byId('alerts');
  const firing = alerts.filter(({ state }) => state === 'firing');
  const pending = Map.groupBy(
    alerts.filter(({ state }) => state === 'pending'),
    ({ labels }) => labels.alertname ?? 'alert',
  );
  const names = [...pending].map(([name, { length }]) => (length === 1 ? name : `${name} (${length})`));
  const more = names.length === 0 ? null : el('p', 'small', `pending: ${names.join(', ')}`);
  section.replaceChildren(...firing.map(alertLine), more ?? '');
  section.hidden = alerts.length === 0;
}

/** Those of one pool. */
export function alertBox(alerts: readonly ApiAlert[]): HTMLElement | null {
  return alerts.length === 0 ? null : el('div', 'box', el('h2', '', 'Alerts'), ...alerts.map(alertLine));
}

function alertLine({ labels, annotations, activeAt, state }: ApiAlert): HTMLElement {
  const { alertname = 'alert', severity = '' } = labels;
  const said = annotations.summary ?? annotations.description ?? labels.pool ?? '';
  const since = `${state} since ${clock(Date.parse(activeAt))}`;
  const line = el(
    'p',
    `alert ${state}`,
    el('b', '', alertname),
    severity && el('span', 'tag', severity),
    el('span', '', said),
  );
  line.append(el('span', 'small', since), ...runbook(annotations.runbook_url));
  return line;
}

/** A rule file's own text: only what a browser fetches safely becomes a link. */
function runbook(url: string | undefined): HTMLElement[] {
  if (url === undefined || !/^https?:\/\//.test(url)) return [];
  const link = el('a', '', 'runbook');
  link.href = url;
  link.target = '_blank';
  link.rel = 'noopener noreferrer';
  return [link];
}
