// nodeserver PORT PROTOCOL WORD...: an HTTP server. PROTOCOL: http, h2c (HTTP/2 without TLS), or the path of a PEM file
// with key and certificate: https. Of the words of steps.h it knows cpu and sleep, also by a line on stdin:
// "steps WORD...", answered by "ok". While one request sleeps, others compute.
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createH2, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2';
import { createServer as createHttps } from 'node:https';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { answers, useSteps } from './nodesteps.ts';

const [port, protocol, ...words] = process.argv.slice(2);

/** When all of it has come. */
async function answer(request: Readable, response: { end(text: string): void }): Promise<void> {
  await once(request.resume(), 'end');
  await answers();
  response.end('ok\n');
}

function server() {
  if (protocol === 'h2c') return createH2((a: Http2ServerRequest, b: Http2ServerResponse) => answer(a, b));
  const listener: RequestListener = answer;
  if (protocol === 'http') return createServer({ keepAliveTimeout: 0 }, listener);
  const pem = readFileSync(protocol!);
  return createHttps({ key: pem, cert: pem, keepAliveTimeout: 0 }, listener);
}

useSteps(words);
server().listen({ port: Number(port), host: '::', backlog: 4096 }, () => console.log(`ready ${process.pid}`));
const lines = createInterface({ input: process.stdin });
lines.on('line', (line) => {
  useSteps(line.split(' ').slice(1));
  console.log('ok');
});
lines.on('close', () => process.exit(0));
