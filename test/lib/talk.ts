import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { defer } from './cleanup.ts';

/** A connection to a port of this machine, spoken over byte by byte; closed with the test. */
export type Talk = {
  /** Each part in a segment of its own, with so long between. */
  say(parts: readonly (string | Uint8Array)[], pauseMs?: number): Promise<void>;
  /** Waits until so many bytes more have come. */
  hear(bytes: number): Promise<string>;
  /** Throws away what has come so far. */
  forget(): void;
  /** Shuts down this end; the other may still answer. */
  end(): void;
};

const PATIENCE_MS = 15_000;

export async function talkTo(port: number): Promise<Talk> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  await once(socket, 'connect');
  defer(() => void socket.destroy());
  const { hear, forget } = listen(socket);
  return {
    async say(parts, pauseMs = 0) {
      for (const [i, part] of parts.entries()) {
        if (i > 0) await sleep(pauseMs);
        socket.write(part);
      }
    },
    hear,
    forget,
    end: () => socket.end(),
  };
}

function listen(socket: Socket): Pick<Talk, 'hear' | 'forget'> {
  let text = '';
  socket.setEncoding('latin1').on('data', (part) => {
    text += part;
  });
  return {
    async hear(bytes) {
      const signal = AbortSignal.timeout(PATIENCE_MS);
      while (text.length < bytes) await once(socket, 'data', { signal });
      const heard = text.slice(0, bytes);
      text = text.slice(bytes);
      return heard;
    },
    forget() {
      text = '';
    },
  };
}

/** So many answers of HTTP/1.1, each with its length. */
export async function hearAnswers(talk: Talk, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    let head = '';
    while (!head.endsWith('\r\n\r\n')) head += await talk.hear(1);
    await talk.hear(Number(/content-length: (\d+)/i.exec(head)![1]));
  }
}
