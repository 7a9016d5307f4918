import { Agent as HttpAgent, type IncomingMessage, type RequestOptions, request as requestHttp } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import type { AlertmanagerConfig } from '../../config/config.ts';
import { readCredential } from '../../config/credential.ts';
import { printable } from '../../decode/printable.ts';
import { describe } from '../../scrape/fault.ts';

/** `refused`: to try the same again is of no use. `fault` is one line for a person. */
export type Outcome = { result: 'sent' } | { result: 'failed' | 'refused'; fault: string };

const PATH = '/api/v2/alerts';
/** What is read of an answer that is no success. */
const ANSWER_BYTES = 2048;

/**
 * One POST of alerts, a JSON list. A connection of its own: no redirect, no proxy, whatever the environment says. Files
 * of credentials are read each time, so a changed one is used at once. Never rejects; aborted, it has failed.
 */
export async function post(config: AlertmanagerConfig, body: string, closing: AbortSignal): Promise<Outcome> {
  const late = AbortSignal.timeout(config.timeoutSeconds * 1000);
  const signal = AbortSignal.any([late, closing]);
  let response: IncomingMessage | undefined;
  try {
    response = await open(config, body, signal);
    return judged(response, await beginning(response));
  } catch (error) {
    const fault = late.aborted ? `no whole answer in ${config.timeoutSeconds} s` : describe(error);
    return { result: 'failed', fault };
  } finally {
    response?.destroy();
  }
}

export function endpoint(source: string): URL {
  const url = new URL(source);
  url.pathname = url.pathname.replace(/\/+$/, '') + PATH;
  return url;
}

function open(config: AlertmanagerConfig, body: string, signal: AbortSignal): Promise<IncomingMessage> {
  const answer = Promise.withResolvers<IncomingMessage>();
  const url = endpoint(config.url);
  const headers = {
    ...{ 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), 'user-agent': 'pooldrift' },
    ...authorization(config),
  };
  const options: RequestOptions = { method: 'POST', headers, signal };
  const request =
    url.protocol === 'https:'
      ? requestHttps(url, { ...options, agent: new HttpsAgent(), ...tlsOptions(config) })
      : requestHttp(url, { ...options, agent: new HttpAgent() });
  const unanswered = () => answer.reject(new Error('the connection was closed before there was an answer'));
  request.once('response', answer.resolve).on('error', answer.reject).once('close', unanswered).end(body);
  return answer.promise;
}

/** User and password of the URL are Node's own matter. */
function authorization({ basicAuth, bearerTokenFile }: AlertmanagerConfig): { authorization?: string } {
  if (bearerTokenFile !== null) return { authorization: `Bearer ${secret(bearerTokenFile)}` };
  if (basicAuth === null) return {};
  const pair = `${basicAuth.username}:${secret(basicAuth.passwordFile)}`;
  return { authorization: `Basic ${Buffer.from(pair).toString('base64')}` };
}

function tlsOptions({ tls }: AlertmanagerConfig) {
  if (tls === null) return { rejectUnauthorized: true }; // the environment could say otherwise
  return {
    ...(tls.caFile !== null && { ca: read(tls.caFile) }),
    ...(tls.certFile !== null && { cert: read(tls.certFile) }),
    ...(tls.keyFile !== null && { key: read(tls.keyFile) }),
    ...(tls.serverName !== null && { servername: tls.serverName }),
    rejectUnauthorized: !tls.insecureSkipVerify,
  };
}

function secret(file: string): string {
  const text = read(file).toString().trim();
  if (/[^\x20-\x7e\u0080-\uffff]/.test(text)) throw new Error(`${file}: more than one line, or control characters`);
  return text;
}

function read(file: string): Buffer {
  try {
    return readCredential(file);
  } catch (error) {
    throw new Error(`${file}: cannot read it: ${(error as Error).message.split(', ')[0]}`);
  }
}

async function beginning(response: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of response as AsyncIterable<Buffer>) {
    pieces.push(piece);
    bytes += piece.length;
    if (bytes >= ANSWER_BYTES) break;
  }
  return Buffer.concat(pieces).toString('utf8', 0, ANSWER_BYTES);
}

function judged({ statusCode = 0, headers }: IncomingMessage, text: string): Outcome {
  const { location, 'content-type': type = '' } = headers;
  if (statusCode >= 500) return { result: 'failed', fault: `HTTP ${statusCode}` };
  if (statusCode >= 300 && statusCode < 400)
    return { result: 'refused', fault: `redirects to ${printable(location ?? 'nowhere')}, which is not followed` };
  if (statusCode >= 400) return { result: 'refused', fault: `HTTP ${statusCode}${said(text)}` };
  if (statusCode < 200) return { result: 'failed', fault: `HTTP ${statusCode}` };
  if (/^text\/html/i.test(type)) return { result: 'refused', fault: 'a web page answers there, no Alertmanager' };
  return { result: 'sent' };
}

/** Alertmanager says why, as a JSON text. */
function said(text: string): string {
  const line = text
    .trim()
    .replace(/^"(.*)"$/s, '$1')
    .split('\n')[0]!;
  return line === '' ? '' : `: ${printable(line)}`;
}
