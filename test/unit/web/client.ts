import { request as httpRequest, type IncomingHttpHeaders, type Server } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Family } from '../../../src/metrics/metric.ts';
import type { Reading } from '../../../src/metrics/reading.ts';
import { type Anew, createApp, type WebOptions, type WebSource } from '../../../src/web/app.ts';
import { readAssets } from '../../../src/web/assets.ts';
import { listen, stopServer } from '../../../src/web/listen.ts';
import { Live } from '../../../src/web/live/live.ts';
import { reading } from '../metrics/fixture.ts';

export type Answer = { status: number; headers: IncomingHttpHeaders; body: string };
type Ask = { method?: string; headers?: Record<string, string>; ca?: Buffer };

/** fetch() sets Host itself: the bare client lets a test forge it. */
export function ask(server: Server, path: string, { method = 'GET', headers = {}, ca }: Ask = {}): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const { address, port } = server.address() as AddressInfo;
  const options = { host: address, port, path, method, headers, agent: false, ...(ca && { ca }) };
  const call = (ca ? httpsRequest : httpRequest)(options, (response) => {
    let body = '';
    response.setEncoding('utf8').on('data', (part) => {
      body += part;
    });
    response.on('end', () => resolve({ status: response.statusCode!, headers: response.headers, body }));
  });
  call.on('error', reject).end();
  return promise;
}

/** A source without a kernel; the HTTP side is the real one. */
export class FakeSource implements WebSource {
  isReady = true;
  reloads = 0;
  baselines = 0;
  reloadFault: string | null = null;
  readFault = false;
  ready(): boolean {
    return this.isReady;
  }
  read(): Reading {
    if (this.readFault) throw new Error('secret detail');
    return reading();
  }
  recent(): Reading {
    return this.read();
  }
  alerts(): Reading {
    return this.read();
  }
  async ownFamilies(): Promise<Family[]> {
    return [
      {
        metric: { name: 'process_max_fds', type: 'gauge', unit: '', help: 'Most.' },
        points: [{ labels: '', value: 9 }],
      },
    ];
  }
  async reload(): Promise<void> {
    if (this.reloadFault !== null) throw new Error(this.reloadFault);
    this.reloads++;
  }
  baseline(pool: string): Anew {
    if (pool === 'checkout') this.baselines++;
    return pool === 'checkout' ? 'begun' : pool === 'silent' ? { reason: 'its requests are not measured' } : 'unknown';
  }
}

export function options(change: Partial<WebOptions> = {}, source: WebSource = new FakeSource()): WebOptions {
  const onError = () => {};
  const live = new Live({ intervalMs: 1000, read: () => source.read(), onError });
  const assets = readAssets();
  return { enableLifecycle: false, ownNames: ['node-17'], auth: null, live, assets, onError, ...change };
}

/** Serves on a free port of 127.0.0.1 while `use` runs. */
export async function serving(
  source: WebSource,
  change: Partial<WebOptions>,
  use: (server: Server) => Promise<void>,
  host = '127.0.0.1',
): Promise<void> {
  const server = await listen(createApp(source, options(change, source)), { host, port: 0 }, null);
  try {
    await use(server);
  } finally {
    await stopServer(server);
  }
}
