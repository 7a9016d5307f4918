import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { type AddressInfo, createServer as createRawServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { defer } from '../../lib/cleanup.ts';

/** Serves on a free port of 127.0.0.1 until the test ends. Returns the URL of its /metrics. */
export function target(answer: RequestListener): Promise<URL> {
  return opened(createServer(answer));
}

/** The same for bytes that no HTTP server would write; `answer` gets each connection once it has asked. */
export function rawTarget(answer: (socket: Socket) => void): Promise<URL> {
  return opened(createRawServer((socket) => socket.on('error', () => {}).once('data', () => answer(socket))));
}

/** Answers every request with this text. */
export function textTarget(text: string | Buffer, headers: Record<string, string> = {}): Promise<URL> {
  return target((_, response) => response.writeHead(200, headers).end(text));
}

async function opened(server: Server): Promise<URL> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => sockets.add(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  defer(async () => {
    for (const socket of sockets) socket.destroy();
    if (server.listening) await new Promise((done) => server.close(done));
  });
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`);
}

/** A port of 127.0.0.1 that nobody has. */
export async function nobody(): Promise<URL> {
  const server = createRawServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((done) => server.close(done));
  return new URL(`http://127.0.0.1:${port}/metrics`);
}

/** Waits until it holds, 5 s at most. */
export async function until(holds: () => boolean): Promise<void> {
  const endMs = performance.now() + 5000;
  while (!holds()) {
    if (performance.now() > endMs) throw new Error(`never: ${holds}`);
    await sleep(2);
  }
}
