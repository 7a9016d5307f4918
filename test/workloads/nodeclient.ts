// nodeclient URL CONNECTIONS STREAMS SECONDS: closed loops of requests, STREAMS at once down each connection by HTTP/2
// without TLS (http:), or one at a time by HTTP/1.1 (https:, any certificate; the handshakes come with the first
// requests). Says "ready", begins at a line on stdin, then says in one line of JSON what client.c does.
import { once } from 'node:events';
import { type ClientHttp2Session, connect } from 'node:http2';
import { Agent, get } from 'node:https';
import { createInterface } from 'node:readline';

const [url, connections, streams, seconds] = process.argv.slice(2) as [string, ...string[]];
const latencies: number[] = [];
const overTls = url.startsWith('https:');
let failures = 0;

async function loop(request: () => Promise<number>, endMs: number): Promise<void> {
  while (performance.now() < endMs) {
    const startMs = performance.now();
    if ((await request()) === 200) latencies.push(Math.round((performance.now() - startMs) * 1e6));
    else failures++;
  }
}

async function stream(session: ClientHttp2Session): Promise<number> {
  const request = session.request({ ':path': '/' });
  const [headers] = await once(request, 'response');
  request.resume();
  await once(request, 'end');
  return headers[':status'];
}

async function overHttps(agent: Agent): Promise<number> {
  const [response] = await once(get(url, { agent, rejectUnauthorized: false }), 'response');
  response.resume();
  await once(response, 'end');
  return response.statusCode;
}

function permille(sorted: readonly number[], rank: number): number {
  return sorted[Math.ceil((sorted.length * rank) / 1000) - 1] ?? 0;
}

function report(startMs: number): void {
  const sorted = latencies.sort((a, b) => a - b);
  const meanNs = Math.round(sorted.reduce((a, b) => a + b, 0) / Math.max(1, sorted.length));
  const [p50Ns, p99Ns, maxNs] = [500, 990, 1000].map((rank) => permille(sorted, rank));
  const requests = sorted.length;
  console.log(
    JSON.stringify({ requests, failures, seconds: (performance.now() - startMs) / 1000, meanNs, p50Ns, p99Ns, maxNs }),
  );
}

async function main(): Promise<void> {
  const each = Array.from({ length: Number(connections) });
  const sessions = overTls ? [] : each.map(() => connect(url));
  await Promise.all(sessions.map((session) => once(session, 'remoteSettings')));
  const requests = overTls
    ? each.map(() => new Agent({ keepAlive: true, maxSockets: 1 })).map((agent) => () => overHttps(agent))
    : sessions.flatMap((session) => Array.from({ length: Number(streams) }, () => () => stream(session)));
  const lines = createInterface({ input: process.stdin });
  console.log(`ready ${process.pid}`);
  await once(lines, 'line');
  lines.on('close', () => process.exit(0));
  const startMs = performance.now();
  await Promise.all(requests.map((request) => loop(request, startMs + Number(seconds) * 1000)));
  report(startMs);
  process.exit(0);
}

await main();
