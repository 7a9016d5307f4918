import { cutText } from '../../rules/cut.ts';
import { type Label, Labels } from '../../rules/labels.ts';
import type { Alert } from '../../rules/run/alerts.ts';

/** What is sent of one alert, as one object of API v2. The same alert gives the same bytes wherever it is written. */
export type Message = {
  /** Of one life of one alert: what is newer under the same key says all that the older one did. */
  key: string;
  json: string;
  bytes: number;
};

/** `message` null: no Alertmanager would take it. `textsCut`: values that were too long. */
export type Written = { message: Message | null; textsCut: number };

export type MessageOptions = {
  /** Added to each alert that has no label of the name. */
  externalLabels: Labels;
  /** A page about the alert, for people. */
  generatorUrl: string | null;
};

/** Also what the largest batch can grow beyond its limit. */
export const MESSAGE_BYTES_MAX = 128 * 1024;
const PLAIN_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;
/** Go reads no year of five digits; the first millisecond stands for no time at all. */
const TIME_MAX_MS = Date.UTC(9999, 11, 31);

/** `endsAtMs`: until when it holds if nothing more is heard; for a resolved one, when it ended. */
export function written(alert: Alert, endsAtMs: number, options: MessageOptions): Written {
  let textsCut = 0;
  const cut = ([name, value]: Label): Label => {
    const kept = cutText(value);
    if (kept !== value) textsCut++;
    return [name, kept];
  };
  const labels = Labels.of([...options.externalLabels.pairs, ...alert.labels.pairs].map(cut));
  const annotations = Labels.of(alert.annotations.map(cut));
  const begunMs = alert.firedAtMs ?? alert.activeAtMs;
  const startsAtMs = Math.min(begunMs, endsAtMs); // apart where the clock was set back
  if (!valid(labels, annotations) || !validTime(startsAtMs) || !validTime(endsAtMs)) return { message: null, textsCut };
  const json = document(labels, annotations, startsAtMs, endsAtMs, options.generatorUrl);
  const bytes = Buffer.byteLength(json);
  const message = bytes > MESSAGE_BYTES_MAX ? null : { key: `${begunMs} ${labels.text}`, json, bytes };
  return { message, textsCut };
}

function valid(labels: Labels, annotations: Labels): boolean {
  return labels.pairs.length > 0 && [...labels.pairs, ...annotations.pairs].every(([name]) => PLAIN_NAME.test(name));
}

function validTime(ms: number): boolean {
  return Number.isFinite(ms) && ms > 0 && ms < TIME_MAX_MS;
}

/** In the order of bytes, and by hand: an object would put its keys in another order, and has no place for __proto__. */
function document(labels: Labels, annotations: Labels, startsAtMs: number, endsAtMs: number, page: string | null) {
  const fields = [
    `"labels":${mapping(labels)}`,
    `"annotations":${mapping(annotations)}`,
    `"startsAt":"${new Date(startsAtMs).toISOString()}"`,
    `"endsAt":"${new Date(endsAtMs).toISOString()}"`,
    ...(page === null ? [] : [`"generatorURL":${JSON.stringify(page)}`]),
  ];
  return `{${fields.join(',')}}`;
}

function mapping({ pairs }: Labels): string {
  return `{${pairs.map((pair) => pair.map((text) => JSON.stringify(text)).join(':')).join(',')}}`;
}
