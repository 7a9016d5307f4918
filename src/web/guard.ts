import { isIP } from 'node:net';
import type { RequestHandler } from 'express';
import { sendError } from './error.ts';

/** Host name of a Host header, lower case, without brackets, port and root dot; null where it is malformed. */
export function hostName(header: string): string | null {
  const [, v6, name] = /^(?:\[([0-9a-fA-F:.]+)\]|([a-zA-Z0-9._-]+))(?::\d{1,5})?$/.exec(header) ?? [];
  if (v6 !== undefined) return isIP(v6) === 6 ? v6.toLowerCase() : null;
  return name?.toLowerCase().replace(/\.$/, '') ?? null;
}

/**
 * DNS rebinding needs a name that its attacker owns: an address literal is safe, and of names only the host's own are.
 */
export function hostAllowed(header: string | undefined, ownNames: readonly string[]): boolean {
  const name = header === undefined ? null : hostName(header);
  return (
    name !== null && (isIP(name) !== 0 || name === 'localhost' || ownNames.some((own) => own.toLowerCase() === name))
  );
}

/** A browser's cross-site request names where it comes from; a command-line client sends no Origin. */
export function originAllowed(origin: string | undefined, host: string | undefined): boolean {
  if (origin === undefined) return true;
  const [, authority] = /^https?:\/\/([^/]+)$/i.exec(origin) ?? [];
  return authority !== undefined && authority.toLowerCase() === host?.toLowerCase();
}

/** Refuses what a foreign page could make a browser send. */
export function guard(ownNames: readonly string[]): RequestHandler {
  return (request, response, next) => {
    const { host, origin } = request.headers;
    if (!hostAllowed(host, ownNames))
      sendError(response, 403, 'host-refused', `Host ${JSON.stringify(host ?? '')} is not this host's`);
    else if (!originAllowed(origin, host))
      sendError(response, 403, 'origin-refused', `Origin ${JSON.stringify(origin)} is not this page's`);
    else next();
  };
}
