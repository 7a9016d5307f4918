import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { printable } from '../decode/printable.ts';
import { guardedLookup, type Resolve, refuseLinkLocal } from './address.ts';
import type { Family } from './family.ts';
import { CUT, ScrapeFault } from './fault.ts';
import type { RawSamples } from './raw.ts';
import { TextParser } from './text.ts';

const BYTES_MAX = 8 * 2 ** 20;
/** Parsed at once, in about half a millisecond; then the event loop turns. */
const TURN_BYTES = 32 * 1024;
const TOO_LONG = 'more than 8 MiB';
const ACCEPT = 'text/plain;version=0.0.4,application/openmetrics-text;version=1.0.0;q=0.5,*/*;q=0.1';

/**
 * One GET: no redirect, no proxy, no compression, 8 MiB at most; parsed as it comes in, in pieces between which the
 * event loop goes on; `raw` takes samples as they are. Rejects with the signal's reason where that was aborted, else with what describe() puts in words.
 */
export async function fetchFamilies(
  url: URL,
  wanted: Iterable<string>,
  signal: AbortSignal,
  resolve?: Resolve,
  raw: RawSamples | null = null,
): Promise<ReadonlyMap<string, Family>> {
  refuseLinkLocal(url);
  let response: IncomingMessage | undefined;
  try {
    response = await open(url, signal, resolve);
    checkHead(response);
    return await parse(response, wanted, raw);
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  } finally {
    response?.destroy();
  }
}

/** An agent of its own: the global one may be told by the environment to use a proxy. */
function open(url: URL, signal: AbortSignal, resolve?: Resolve): Promise<IncomingMessage> {
  const answer = Promise.withResolvers<IncomingMessage>();
  const headers = { accept: ACCEPT, 'accept-encoding': 'identity', 'user-agent': 'pooldrift' };
  const options = { signal, headers, lookup: guardedLookup(resolve) };
  const request =
    url.protocol === 'https:'
      ? httpsRequest(url, { ...options, agent: new HttpsAgent() })
      : httpRequest(url, { ...options, agent: new HttpAgent() });
  const unanswered = () => answer.reject(new ScrapeFault(CUT)); // as after 101, which is neither answer nor error
  request.once('response', answer.resolve).on('error', answer.reject).once('close', unanswered).end();
  return answer.promise;
}

function checkHead({ statusCode = 0, headers }: IncomingMessage): void {
  const { location, 'content-encoding': encoding = 'identity', 'content-length': length = '0' } = headers;
  if (statusCode >= 300 && statusCode < 400 && location !== undefined)
    throw new ScrapeFault(`redirects to ${printable(location)}, which is not followed`);
  if (statusCode !== 200) throw new ScrapeFault(`HTTP ${statusCode}`);
  if (encoding !== 'identity') throw new ScrapeFault(`compressed (${printable(encoding)}), which was not asked for`);
  if (Number(length) > BYTES_MAX) throw new ScrapeFault(TOO_LONG);
}

async function parse(
  response: IncomingMessage,
  wanted: Iterable<string>,
  raw: RawSamples | null,
): Promise<ReadonlyMap<string, Family>> {
  const { 'content-type': type = '', 'content-length': length, 'transfer-encoding': coding } = response.headers;
  const parser = new TextParser(wanted, type, raw);
  let bytes = 0;
  for await (const piece of response as AsyncIterable<Buffer>) {
    bytes += piece.length;
    if (bytes > BYTES_MAX) throw new ScrapeFault(TOO_LONG);
    for (let at = 0; at < piece.length; at += TURN_BYTES) {
      parser.push(piece.subarray(at, at + TURN_BYTES));
      await nextTurn();
    }
  }
  return parser.end(length !== undefined || coding !== undefined);
}
