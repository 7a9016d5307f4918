import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { defer } from './cleanup.ts';

/** An alert as Alertmanager's webhook tells it. `endsAt` of a firing one is the zero time. */
export type HookAlert = {
  status: 'firing' | 'resolved';
  labels: Record<string, string>;
  annotations: Record<string, string>;
  startsAt: string;
  endsAt: string;
  fingerprint: string;
};

/** `atMs`: wall clock of its arrival. */
export type Notified = HookAlert & { atMs: number };

/** The end of the line: takes what an Alertmanager notifies of; gone after the test. */
export class Webhook {
  readonly url: string;
  /** In the order of their arrival, one for each alert of a notification. */
  readonly notified: Notified[] = [];

  private constructor(url: string) {
    this.url = url;
  }

  static async start(): Promise<Webhook> {
    const server = createServer((request, response) => {
      const atMs = Date.now();
      void json(request).then((body) => {
        const { alerts } = body as { alerts: HookAlert[] };
        hook.notified.push(...alerts.map((alert) => ({ ...alert, atMs })));
        response.end();
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const hook = new Webhook(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    defer(() => {
      server.closeAllConnections();
      server.close();
    });
    return hook;
  }

  /** Of alerts of one name. */
  of(alertname: string): Notified[] {
    return this.notified.filter(({ labels }) => labels.alertname === alertname);
  }
}
