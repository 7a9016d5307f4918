import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LiveEvents } from '../../src/outputs/live.ts';

type Event = { [K in keyof LiveEvents]: { name: K; data: LiveEvents[K] } }[keyof LiveEvents];

/** One who listens to the stream, by the bare client: it can stop reading. */
export class Listener {
  readonly call: ClientRequest;
  readonly response: IncomingMessage;
  text = '';
  closed = false;

  private constructor(call: ClientRequest, response: IncomingMessage) {
    this.call = call;
    this.response = response;
    call.on('error', () => {});
    response
      .on('error', () => {})
      .once('close', () => {
        this.closed = true;
      });
  }

  /** `at`: a server, or a port of this host. */
  static async open(at: Server | number, { path = '/api/v1/stream', reads = true } = {}): Promise<Listener> {
    const port = typeof at === 'number' ? at : (at.address() as AddressInfo).port;
    const call = request({ host: '127.0.0.1', port, path, agent: false }).end();
    const [response] = (await once(call, 'response')) as [IncomingMessage];
    const listener = new Listener(call, response);
    if (reads)
      response.setEncoding('utf8').on('data', (part: string) => {
        listener.text += part;
      });
    return listener;
  }

  events(): Event[] {
    return this.text
      .split('\n\n')
      .filter(Boolean)
      .map((event) => {
        const [, name, data] = /^event: (\w+)\ndata: (.*)$/.exec(event)!;
        return { name, data: JSON.parse(data!) } as Event;
      });
  }

  /** Waits until as many events have come, and what they are. */
  async heard(many: number): Promise<Event[]> {
    for (let tries = 0; tries < 800; tries++, await sleep(10))
      if (this.text.endsWith('\n\n') && this.events().length >= many) return this.events();
    throw new Error(`${this.events().length} events, not ${many}: ${this.text.slice(0, 500)}`);
  }

  end(): void {
    this.call.destroy();
  }
}
