import type { RequestListener, Server } from 'node:http';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { TlsOptions } from 'node:tls';
import { formatAddress, type ListenAddress } from './address.ts';
import { portOwner } from './port_owner.ts';

/** As Prometheus's --web.max-connections. */
const CONNECTIONS_MAX = 512;

/**
 * Serves until stopServer(). Rejects with an Error whose message is one for a person; a later fault, such as no file
 * descriptor left for a connection, goes to `onFault`.
 */
export async function listen(
  app: RequestListener,
  address: ListenAddress,
  tls: TlsOptions | null,
  onFault: (error: Error) => void = () => {},
): Promise<Server> {
  const server = tls === null ? createServer(app) : createTlsServer(tls, app);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject).listen({ port: address.port, ...(address.host && { host: address.host }) }, resolve);
  try {
    await promise;
  } catch (error) {
    throw new Error(
      `cannot listen on ${formatAddress(address)}: ${reason(error as NodeJS.ErrnoException, address.port)}`,
    );
  }
  server.on('error', onFault);
  server.maxConnections = CONNECTIONS_MAX;
  return server;
}

function reason({ code, message }: NodeJS.ErrnoException, port: number): string {
  if (code === 'EADDRINUSE')
    return `the port is taken by ${portOwner(port) ?? 'another process'}; choose one with --web.listen-address`;
  if (code === 'EADDRNOTAVAIL') return 'this host has no such address';
  if (code === 'EACCES') return 'a port below 1024 needs CAP_NET_BIND_SERVICE';
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'the name cannot be resolved';
  return message;
}

/** Idle connections are cut, running answers end. */
export async function stopServer(server: Server): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  server.close(() => resolve());
  server.closeIdleConnections();
  setTimeout(() => server.closeAllConnections(), 1000).unref();
  await promise;
}
