import { Gauge, Histogram, Registry } from '@prometheus-io/client';

export const OPENMETRICS = 'application/openmetrics-text; version=1.0.0; charset=utf-8';

/** What a program of our users has: a histogram by route, a size, and the rest of its metrics. */
export function program() {
  const registry = new Registry();
  const registers = [registry];
  const requests = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Duration.',
    labelNames: ['route', 'code'],
    buckets: [0.1, 0.5, 1],
    registers,
  });
  const size = new Gauge({ name: 'pool_size', help: 'Workers.', labelNames: ['kind'], registers });
  new Gauge({ name: 'pool_size_limit', help: 'Begins alike.', registers }).set(99);
  return { registry, requests, size };
}
