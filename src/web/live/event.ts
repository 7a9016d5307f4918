import type { LiveEvents } from '../../outputs/live.ts';

/** One server-sent event, in bytes that all clients share. Numbers have four figures. */
export function eventOf<K extends keyof LiveEvents>(name: K, data: LiveEvents[K]): Buffer {
  return Buffer.from(`event: ${name}\ndata: ${JSON.stringify(data, shorter)}\n\n`);
}

export function shorter(_key: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(4)) : value;
}
