import type { LivePool } from '../../outputs/live.ts';
import { count, duration, period, times } from '../../outputs/units.ts';
import { DOUBT_WORDS } from '../../outputs/words.ts';
import { caption, drawBar, partsOf } from './bar.ts';
import { el, setText } from './dom.ts';
import { newSpark } from './sparks.ts';

/** One pool: a button, and below it the place where it opens. */
export type Row = {
  item: HTMLLIElement;
  button: HTMLButtonElement;
  place: HTMLElement;
  spark: SVGSVGElement;
  show(pool: LivePool, firing: number): void;
};

let made = 0;

export function newRow(onToggle: () => void): Row {
  const [name, what, p99, usual, why, small] = ['name', 'small', 'p99', 'small', 'why', 'small'].map((c) =>
    el('span', c),
  );
  const [bar, spark] = [el('span', 'bar'), newSpark()];
  const button = el(
    'button',
    'row',
    el('span', 'who', name!, what!),
    el('span', 'now', p99!, usual!),
    el('span', 'course', spark),
    el('span', 'where', bar, el('span', 'said', why!, small!)),
  );
  const place = el('div', 'place');
  place.id = `place-${++made}`;
  place.hidden = true;
  button.type = 'button';
  button.setAttribute('aria-expanded', 'false');
  button.setAttribute('aria-controls', place.id);
  button.addEventListener('click', onToggle);
  const item = el('li', '', button, place);
  const show = (pool: LivePool, firing: number) => {
    const drifts = pool.requests?.drifting === true;
    item.classList.toggle('drifts', drifts);
    item.classList.toggle('alerts', firing > 0);
    setText(name!, pool.pool);
    setText(what!, whatOf(pool));
    setText(p99!, duration(pool.requests?.p99Seconds ?? null) ?? '–');
    setText(usual!, usualOf(pool));
    usual!.classList.toggle('bad', drifts);
    drawBar(bar, partsOf(pool).parts);
    setText(why!, whyOf(pool));
    setText(small!, caption(pool));
  };
  return { item, button, place, spark, show };
}

function whatOf({ kind, ports: [port, ...more], requests }: LivePool): string {
  const where = port === undefined ? '' : `:${port}${more.length > 0 ? `+${more.length}` : ''}`;
  const rate = requests?.requestsPerSecond ?? null;
  const often = rate === null ? '' : `${rate < 9.95 ? rate.toFixed(1) : count(Math.round(rate))} req/s`;
  return [kind, where, often].filter(Boolean).join(' · ');
}

function usualOf({ requests, threads }: LivePool): string {
  if (threads === 0) return 'no process';
  if (requests === null) return 'requests not measured';
  if (!requests.trusted && requests.doubt !== null) return `not trusted: ${DOUBT_WORDS[requests.doubt]}`;
  if (requests.fault !== null) return requests.fault;
  const { baselineP99Seconds: base, driftRatio, armedInSeconds } = requests;
  if (base !== null) return `usually ${duration(base)} · ${times(driftRatio) ?? 'no request'}`;
  return armedInSeconds === null ? 'no baseline' : `no baseline yet: in ${period(armedInSeconds)}`;
}

/** Why it drifts. */
function whyOf({ requests }: LivePool): string {
  if (!requests?.drifting) return '';
  const { cause, thief } = requests;
  if (cause === null) return 'drifts: cause not settled yet';
  return thief === null ? cause : `${cause}: ${thief}`;
}
