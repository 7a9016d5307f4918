import { createHash, timingSafeEqual } from 'node:crypto';
import { compare } from 'bcryptjs';
import type { RequestHandler } from 'express';
import { sendError } from './error.ts';

/** Users and their bcrypt hashes. */
export type Users = ReadonlyMap<string, string>;

/** Compared with where the user is unknown, so that the time taken does not tell. */
const NOBODY = '$2b$10$gyFCndjv5i3Bvbaen/cXm.oX5e9ClHpp.PaGi6HhwWfx6iYR6Ylme';
const PENDING_MAX = 16;

/**
 * Basic authentication (RFC 7617). bcrypt costs about 0.1 s: a password that was right is remembered by its SHA-256,
 * wrong ones are checked one after another and, past a queue, refused unchecked.
 */
export function basicAuth(users: Users): RequestHandler {
  const known = new Map<string, Buffer>();
  let pending = 0;
  let queue: Promise<unknown> = Promise.resolve();
  const check = async (user: string, password: string): Promise<boolean> => {
    const right = await compare(password, users.get(user) ?? NOBODY);
    if (right && users.has(user)) known.set(user, digest(password));
    return right && users.has(user);
  };
  return async (request, response, next) => {
    const { user, password } = credentials(request.headers.authorization);
    const before = known.get(user);
    if (before && timingSafeEqual(before, digest(password))) return next();
    if (user === '' || pending >= PENDING_MAX) return refuse(response, user === '' ? 401 : 503);
    pending++;
    const checked = queue.then(() => check(user, password)).finally(() => pending--);
    queue = checked.catch(() => {});
    return (await checked) ? next() : refuse(response, 401);
  };
}

function refuse(response: Parameters<RequestHandler>[1], status: 401 | 503): void {
  if (status === 401) response.set('WWW-Authenticate', 'Basic realm="pooldrift", charset="UTF-8"');
  const code = status === 401 ? 'unauthorized' : 'busy';
  sendError(response, status, code, status === 401 ? 'user and password needed' : 'too many wrong passwords');
}

function credentials(header: string | undefined): { user: string; password: string } {
  const [, encoded = ''] = /^Basic ([A-Za-z0-9+/=]+)$/i.exec(header ?? '') ?? [];
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon < 0 ? { user: '', password: '' } : { user: text.slice(0, colon), password: text.slice(colon + 1) };
}

function digest(password: string): Buffer {
  return createHash('sha256').update(password).digest();
}
