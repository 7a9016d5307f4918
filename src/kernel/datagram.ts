import { getSystemErrorName } from 'node:util';
import { lastErrno, loadLibc } from './ffi.ts';

const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0o2000000;
const SOL_SOCKET = 1;
const SO_SNDTIMEO = 21;
const MSG_NOSIGNAL = 0x4000;
/** sizeof(sun_path): unix(7). */
const PATH_BYTES_MAX = 108;

/**
 * One datagram to a Unix socket, which Node has no call for. `@NAME` is an abstract socket. Where the receiver's queue is
 * full it waits a second at the most.
 * @throws an Error with a `code`, such as ENOENT
 */
export function sendDatagram(path: string, text: string): void {
  const address = unixAddress(path);
  const { socket, setsockopt, sendto, close } = loadLibc();
  const fd = checked('socket', socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  try {
    const timeout = Buffer.alloc(16); // struct timeval, 64 bits each
    timeout.writeBigInt64LE(1n, 0);
    checked('setsockopt', setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, timeout, timeout.length));
    const bytes = Buffer.from(text);
    checked('sendto', sendto(fd, bytes, bytes.length, MSG_NOSIGNAL, address, address.length));
  } finally {
    close(fd);
  }
}

/** struct sockaddr_un; the name of an abstract socket has no end but the address's length. */
function unixAddress(path: string): Buffer {
  const name = Buffer.from(path.startsWith('@') ? `\0${path.slice(1)}` : `${path}\0`);
  if (name.length > PATH_BYTES_MAX) throw failed('ENAMETOOLONG', path);
  const family = Buffer.alloc(2);
  family.writeUInt16LE(AF_UNIX);
  return Buffer.concat([family, name]);
}

function checked(call: string, result: number): number {
  if (result < 0) throw failed(getSystemErrorName(-lastErrno()), call);
  return result;
}

function failed(code: string, what: string): Error {
  return Object.assign(new Error(`${code}: ${what}`), { code });
}
