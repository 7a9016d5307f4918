import express, { type ErrorRequestHandler, type Express, type RequestHandler } from 'express';
import { CONTENT_TYPE, encode } from '../metrics/encode.ts';
import { families } from '../metrics/families.ts';
import type { Family } from '../metrics/metric.ts';
import { negotiate } from '../metrics/negotiate.ts';
import type { Reading } from '../metrics/reading.ts';
import { apiPools } from '../outputs/api.ts';
import { apiAlerts } from '../outputs/api_alerts.ts';
import { apiExplain } from '../outputs/explain.ts';
import { type Asset, serveAsset } from './assets.ts';
import { sendError } from './error.ts';
import { guard } from './guard.ts';
import type { Live } from './live/live.ts';

/** Whether a pool's baseline begins anew; `reason`: why it has none, for a person. */
export type Anew = 'begun' | 'unknown' | { reason: string };

/** What the web side asks of the daemon. */
export interface WebSource {
  ready(): boolean;
  /** Everything at this moment: the kernel's counters are read now. */
  read(): Reading;
  /** Everything, as another question has found it a moment ago, or as it is now. */
  recent(): Reading;
  /** Of now; nothing of the kernel is read. */
  alerts(): Pick<Reading, 'atMs' | 'alerting'>;
  /** The daemon's own process metrics. */
  ownFamilies(): Promise<Family[]>;
  /** Rejects with a reason for a person; the old configuration is then still in force. */
  reload(): Promise<void>;
  /** Begins a fresh baseline of a pool. */
  baseline(pool: string): Anew;
}

export type WebOptions = {
  /** Allows POST /-/reload. */
  enableLifecycle: boolean;
  /** Names, beside localhost and addresses, that a Host header may carry. */
  ownNames: readonly string[];
  /** Checks the password, where one is asked. */
  auth: RequestHandler | null;
  /** GET /api/v1/stream. */
  live: Live;
  /** The page. */
  assets: readonly Asset[];
  /** An unexpected fault: for the log. */
  onError(error: unknown, path: string): void;
};

/** The whole HTTP side. */
export function createApp(source: WebSource, options: WebOptions): Express {
  const app = express();
  app.disable('x-powered-by').disable('etag').set('query parser', false);
  app.use(secureHeaders);
  if (options.auth !== null) app.use(options.auth);
  const guarded = guard(options.ownNames);
  const whenReady = readiness(source);
  app.route('/-/healthy').get(plain('pooldrift is healthy.\n')).all(only('GET, HEAD'));
  app.route('/-/ready').get(whenReady, plain('pooldrift is ready.\n')).all(only('GET, HEAD'));
  app.route('/-/reload').post(guarded, reload(source, options)).all(only('POST'));
  app.route('/metrics').get(whenReady, metrics(source)).all(only('GET, HEAD'));
  app.route('/api/v1/pools').get(guarded, whenReady, pools(source)).all(only('GET, HEAD'));
  app.route('/api/v1/pools/:pool/explain').get(guarded, whenReady, explain(source)).all(only('GET, HEAD'));
  app.route('/api/v1/pools/:pool/baseline').post(guarded, whenReady, baseline(source)).all(only('POST'));
  app.route('/api/v1/alerts').get(guarded, whenReady, alerts(source)).all(only('GET, HEAD'));
  app.route('/api/v1/stream').get(guarded, whenReady, options.live.serve).all(only('GET, HEAD'));
  for (const asset of options.assets) app.route(asset.path).get(guarded, serveAsset(asset)).all(only('GET, HEAD'));
  app.use((request, response) => sendError(response, 404, 'not-found', `there is no ${request.path} here`));
  app.use(fault(options));
  return app;
}

/** The page asks nobody but the daemon, and runs nothing that is not a file of its own. */
const POLICY = [
  "default-src 'none'",
  ...['script', 'style', 'connect', 'img'].map((what) => `${what}-src 'self'`),
  ...['base-uri', 'form-action', 'frame-ancestors'].map((what) => `${what} 'none'`),
].join('; ');

const secureHeaders: RequestHandler = (_request, response, next) => {
  response.set({
    'Content-Security-Policy': POLICY,
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'no-referrer',
    'Cache-Control': 'no-store',
  });
  next();
};

function plain(text: string): RequestHandler {
  return (_request, response) => void response.type('text/plain').send(text);
}

function only(methods: string): RequestHandler {
  return (request, response) => {
    response.set('Allow', methods);
    sendError(response, 405, 'method-not-allowed', `${request.path} takes ${methods}`);
  };
}

function readiness(source: WebSource): RequestHandler {
  return (_request, response, next) => {
    if (source.ready()) next();
    else sendError(response, 503, 'not-ready', 'pooldrift is starting');
  };
}

function metrics(source: WebSource): RequestHandler {
  return async (request, response) => {
    const format = negotiate(request.headers.accept);
    const all = [...families(source.read()), ...(await source.ownFamilies())];
    response.set({ 'Content-Type': CONTENT_TYPE[format], Vary: 'Accept' }).end(encode(all, format));
  };
}

function pools(source: WebSource): RequestHandler {
  return (_request, response) => void response.json(apiPools(source.recent()));
}

function alerts(source: WebSource): RequestHandler {
  return (_request, response) => void response.json(apiAlerts(source.alerts()));
}

function explain(source: WebSource): RequestHandler {
  return (request, response) => {
    const reading = source.recent();
    const name = String(request.params.pool);
    const found = reading.pools.find(({ pool }) => pool.name === name);
    if (found !== undefined) response.json(apiExplain(found, reading));
    else sendError(response, 404, 'unknown-pool', unknownPool(name, reading));
  };
}

function baseline(source: WebSource): RequestHandler {
  return (request, response) => {
    const pool = String(request.params.pool);
    const anew = source.baseline(pool);
    if (anew === 'begun') response.json({ pool, at: new Date().toISOString() });
    else if (anew === 'unknown') sendError(response, 404, 'unknown-pool', unknownPool(pool, source.recent()));
    else sendError(response, 409, 'no-baseline', `pool ${pool}: ${anew.reason}`);
  };
}

/** Names that are shown of those there are. */
const NAMES_MAX = 20;

function unknownPool(name: string, { pools }: Reading): string {
  const names = pools.slice(0, NAMES_MAX).map(({ pool }) => pool.name);
  const more = pools.length > NAMES_MAX ? `, and ${pools.length - NAMES_MAX} more` : '';
  const there = names.length === 0 ? 'there is none yet' : `there are: ${names.join(', ')}${more}`;
  return `there is no pool ${JSON.stringify(name)}; ${there}`;
}

function reload(source: WebSource, { enableLifecycle }: WebOptions): RequestHandler {
  return async (_request, response) => {
    if (!enableLifecycle) return sendError(response, 403, 'lifecycle-disabled', 'start it with --web.enable-lifecycle');
    try {
      await source.reload();
      response.type('text/plain').send('reloaded\n');
    } catch (error) {
      sendError(response, 500, 'reload-failed', `the old configuration stays in force: ${(error as Error).message}`);
    }
  };
}

function fault({ onError }: WebOptions): ErrorRequestHandler {
  return (error, request, response, _next) => {
    const status = Number(error.status) >= 400 && Number(error.status) < 500 ? Number(error.status) : 500;
    if (status === 500) onError(error, request.path);
    if (response.headersSent) response.destroy();
    else
      sendError(
        response,
        status,
        status === 500 ? 'internal' : 'bad-request',
        status === 500 ? 'see the log' : error.message,
      );
  };
}
