import { isIP } from 'node:net';

/** `host` null: every address of the machine. */
export type ListenAddress = { host: string | null; port: number };

const FORM = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]]*)):(\d{1,5})$/;

/** `127.0.0.1:10435`, `[::1]:10435`, `localhost:0`, `:10435`. Throws a RangeError that says what is wrong. */
export function parseAddress(text: string): ListenAddress {
  const [whole, v6, name, digits] = FORM.exec(text) ?? [];
  const port = Number(digits);
  if (whole === undefined || port > 65_535 || (v6 !== undefined && isIP(v6) !== 6))
    throw new RangeError(`${JSON.stringify(text)} is no listen address: HOST:PORT, [IPV6]:PORT or :PORT is`);
  return { host: v6 ?? (name || null), port };
}

export function formatAddress({ host, port }: ListenAddress): string {
  return `${host === null ? '' : bracketed(host)}:${port}`;
}

/** Where a person, or a client on this host, reaches it. */
export function addressUrl({ host, port }: ListenAddress, tls: boolean): string {
  const reachable = host === null || host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return `${tls ? 'https' : 'http'}://${bracketed(reachable)}:${port}/`;
}

function bracketed(host: string): string {
  return isIP(host) === 6 ? `[${host}]` : host;
}

export function isLoopback(host: string | null): boolean {
  return host !== null && (host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.')));
}

/** What a listen address lets others see, as one sentence; null where nothing leaves the host or a password is asked. */
export function exposure(address: ListenAddress, guarded: { tls: boolean; auth: boolean }): string | null {
  if (isLoopback(address.host) || (guarded.tls && guarded.auth)) return null;
  const missing = [guarded.tls ? '' : 'TLS', guarded.auth ? '' : 'a password']
    .filter((part) => part !== '')
    .join(' or ');
  const shown = 'pool names, process ids, command names, cgroup paths, ports and the kernel version';
  return `${formatAddress(address)} is reachable from other hosts without ${missing}: it shows ${shown}; see --web.config.file`;
}
