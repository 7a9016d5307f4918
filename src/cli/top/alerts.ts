import type { ApiAlert } from '../../outputs/api_alerts.ts';
import { count } from '../../outputs/units.ts';
import { lineOf, type Piece } from '../line.ts';
import type { Paint, Tone } from '../paint.ts';
import { sheetOf, wrap } from '../paragraph.ts';
import { tame } from '../width.ts';

/** One line: how many alerts fire and wait, then as many of them as fit; no line where there is none. */
export function alertsLine(alerts: readonly ApiAlert[], columns: number, paint: Paint): string[] {
  if (alerts.length === 0) return [];
  const firing = alerts.filter(({ state }) => state === 'firing').length;
  const pending = alerts.length - firing;
  const counts: Piece[] = [
    ...(firing === 0 ? [] : [{ text: `${count(firing)} firing`, need: 0, tone: 'bad' as const }]),
    ...(pending === 0 ? [] : [{ text: `${count(pending)} pending`, need: 1, tone: 'warn' as const }]),
  ];
  const toneByName = new Map<string, Tone>(); // a name may stand for several, as of several thieves: the worst is first
  for (const alert of alerts) if (!toneByName.has(nameOf(alert))) toneByName.set(nameOf(alert), toneOf(alert));
  const named = [...toneByName].map(([text, tone], i): Piece => ({ text, need: 2 + i, tone }));
  return [lineOf([...counts, ...named], columns, paint)];
}

/** The alerts of one pool, each with its summary. */
export function alertsOf(pool: string, alerts: readonly ApiAlert[], columns: number, paint: Paint): string[] {
  const sheet = sheetOf(columns, paint);
  const own = alerts.filter(({ labels }) => labels.pool === pool);
  return own.flatMap((alert, i) => {
    const { state, annotations, firedAt, activeAt } = alert;
    const since = `${state} since ${(firedAt ?? activeAt).slice(11, 19)}`;
    const text = [alert.labels.alertname, since, annotations.summary].filter(Boolean).join(' · ');
    const lines = wrap(tame(text), sheet.width).map((line) => paint(toneOf(alert), line));
    return sheet.labelled(i === 0 ? 'Alerts' : '', lines);
  });
}

/** `PooldriftP99Drift checkout`. */
function nameOf({ labels }: ApiAlert): string {
  return [labels.alertname, labels.pool].filter(Boolean).join(' ');
}

function toneOf({ state }: ApiAlert): Tone {
  return state === 'firing' ? 'bad' : 'warn';
}
