import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { pipeline, Readable } from 'node:stream';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import type { Resolve } from '../../../src/scrape/address.ts';
import { gaugeOf } from '../../../src/scrape/family.ts';
import { describe as inWords, ScrapeFault } from '../../../src/scrape/fault.ts';
import { fetchFamilies } from '../../../src/scrape/fetch.ts';
import { skip } from '../../lib/skip.ts';
import { nobody, rawTarget, target, textTarget, until } from './server.ts';

const MIB = 2 ** 20;
const LATE = new ScrapeFault('late');

type Options = { timeoutMs?: number; resolve?: Resolve };

/** The gauge `m`, or the fault in words. */
async function scrape(url: URL | string, { timeoutMs = 5000, resolve }: Options = {}): Promise<number | string> {
  const cancel = new AbortController();
  const timer = setTimeout(() => cancel.abort(LATE), timeoutMs);
  try {
    return gaugeOf((await fetchFamilies(new URL(url), ['m'], cancel.signal, resolve)).get('m')!);
  } catch (error) {
    return inWords(error);
  } finally {
    clearTimeout(timer);
  }
}

/** A resolver that knows these addresses of every name. */
function resolver(...addresses: string[]): Resolve {
  return (_, __, done) =>
    done(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );
}

/** Lines that add up to at least so many bytes, and the gauge. */
function long(bytes: number): string {
  const line = `other_metric{path="/api/v1/${'x'.repeat(60)}"} 1\n`;
  return `${line.repeat(Math.ceil(bytes / line.length))}m 3\n`;
}

describe('a scrape', () => {
  it('asks for text, uncompressed, on a connection of its own', async () => {
    const asked: unknown[] = [];
    const url = await target((request, response) => {
      const { accept, 'accept-encoding': encoding, connection } = request.headers;
      asked.push(request.method, request.url, accept?.split(',')[0], encoding, connection);
      response.end('m 3\n');
    });
    assert.equal(await scrape(`${url}?a=b`), 3);
    assert.deepEqual(asked, ['GET', '/metrics?a=b', 'text/plain;version=0.0.4', 'identity', 'close']);
  });

  it('sends what the URL has of credentials', async () => {
    const url = await target(({ headers }, response) =>
      response.writeHead(headers.authorization === `Basic ${btoa('a:b c')}` ? 200 : 401).end('m 3\n'),
    );
    assert.equal(await scrape(url), 'HTTP 401');
    url.username = 'a';
    url.password = 'b c';
    assert.equal(await scrape(url), 3);
  });

  it('takes text of any content type, and of none', async () => {
    for (const type of ['text/html; charset=utf-8', 'application/octet-stream', ''])
      assert.equal(await scrape(await textTarget('m 3\n', type ? { 'content-type': type } : {})), 3);
  });

  it('takes what comes in pieces', async () => {
    const url = await target(async (_, response) => {
      for (const piece of ['# HELP', ' m x\n', 'm', ' 1', '3\n']) {
        response.write(piece);
        await sleep(2);
      }
      response.end();
    });
    assert.equal(await scrape(url), 13);
  });

  it('takes nearly 8 MiB, and lets the event loop turn meanwhile', async () => {
    const url = await textTarget(long(8 * MIB - 200));
    let [turns, over] = [0, false];
    const counting = (async () => {
      for (; !over; turns++) await nextTurn();
    })();
    assert.equal(await scrape(url), 3);
    over = true;
    await counting;
    assert.ok(turns >= 8 * 32, `${turns} turns`); // 32 KiB at a time
  });

  it('uses no proxy, whatever the environment says', async function () {
    const url = await textTarget('m 3\n');
    const proxy = await textTarget('m 4\n');
    const own = pathToFileURL(join(import.meta.dirname, '../../../src/scrape/fetch.ts'));
    const script = `import { get } from 'node:http';
      import { fetchFamilies } from '${own}';
      const found = await fetchFamilies(new URL('${url}'), ['m'], new AbortController().signal);
      get('${url}', (plain) => plain.on('data', (data) => console.log(found.get('m').value, String(data))));`;
    const { NO_PROXY: _, no_proxy: __, ...rest } = process.env;
    const env = { ...rest, NODE_USE_ENV_PROXY: '1', HTTP_PROXY: proxy.origin, http_proxy: proxy.origin };
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], { env });
    skip(this, stdout === '3 m 3\n\n' ? 'this Node takes no proxy from its environment' : null);
    assert.equal(stdout, '3 m 4\n\n');
  });
});

describe('a target at fault', () => {
  it('is down', async () => assert.equal(await scrape(await nobody()), 'connection refused'));

  it('is down on every address of its name', async () => {
    const { port } = await nobody();
    const resolve = resolver('127.0.0.1', '127.0.0.2');
    assert.equal(await scrape(`http://some.example:${port}/`, { resolve }), 'connection refused');
  });

  it('has no address', async () => {
    const resolve: Resolve = (_, __, done) => done(Object.assign(new Error(), { code: 'ENOTFOUND' }), []);
    assert.equal(await scrape('http://none.example/', { resolve }), 'the name cannot be resolved');
    assert.equal(await scrape('http://none.example/', { resolve: resolver() }), 'the name cannot be resolved');
  });

  it('answers 503, and goes on sending: the connection is closed', async () => {
    let closed = false;
    const url = await target((request, response) => {
      request.socket.on('close', () => {
        closed = true;
      });
      response.writeHead(503).write('m 3\n');
    });
    assert.equal(await scrape(url), 'HTTP 503');
    await until(() => closed);
  });

  it('redirects, and is not followed', async () => {
    let asked = 0;
    const url = await target((_, response) => {
      asked++;
      response.writeHead(302, { location: '/other' }).end();
    });
    assert.equal(await scrape(url), 'redirects to /other, which is not followed');
    assert.equal(asked, 1);
  });

  it('does not answer', async () => {
    const url = await target(() => {});
    assert.equal(await scrape(url, { timeoutMs: 20 }), 'late');
  });

  it('does not even take the connection: its name is never resolved', async () => {
    assert.equal(await scrape('http://slow.example/', { timeoutMs: 20, resolve: () => {} }), 'late');
  });

  it('drips: the time is for all of it, and the connection is closed', async () => {
    let closed = false;
    const url = await target((request, response) => {
      request.socket.on('close', () => {
        closed = true;
      });
      const timer = setInterval(() => response.write('m'), 2);
      response.on('close', () => clearInterval(timer));
    });
    assert.equal(await scrape(url, { timeoutMs: 50 }), 'late');
    await until(() => closed);
  });

  it('sends 9 MiB, said beforehand or not', async () => {
    const text = long(9 * MIB);
    assert.equal(await scrape(await textTarget(text)), 'more than 8 MiB');
    const promised = rawTarget((socket) => socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${9 * MIB}\r\n\r\n`));
    assert.equal(await scrape(await promised), 'more than 8 MiB');
    const chunked = await target((_, response) => Readable.from([text]).pipe(response));
    assert.equal(await scrape(chunked), 'more than 8 MiB');
  });

  it('sends without end', async () => {
    const line = Buffer.from('other_metric 1\n'.repeat(1000));
    const url = await target((_, response) => {
      const endless = Readable.from(
        (function* () {
          for (;;) yield line;
        })(),
      );
      pipeline(endless, response, () => {});
    });
    assert.equal(await scrape(url), 'more than 8 MiB');
  });

  it('sends a bomb: compressed text is not unpacked', async () => {
    const bomb = gzipSync(long(20 * MIB));
    assert.ok(bomb.length < MIB);
    const url = await textTarget(bomb, { 'content-encoding': 'gzip' });
    assert.equal(await scrape(url), 'compressed (gzip), which was not asked for');
    assert.match(String(await scrape(await textTarget(bomb))), /^not Prometheus text: line 1/);
  });

  it('sends a page', async () => {
    const url = await textTarget('<html>\n', { 'content-type': 'text/html' });
    assert.equal(await scrape(url), 'not Prometheus text (text/html): line 1');
  });

  it('names no such metric', async () => assert.equal(await scrape(await textTarget('mm 3\n')), 'no metric m'));

  const CUT = 'the connection was closed before the answer was whole';
  const raw: [string, string, string | number][] = [
    ['promises more bytes than it sends', 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nm 3\n', CUT],
    ['ends in the middle of its chunks', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nm 3\n\r\n', CUT],
    ['ends in the middle of a line', 'HTTP/1.0 200 OK\r\n\r\nx 1\nm 3', 'not Prometheus text: line 2 is cut'],
    ['ends after a line, of unknown length', 'HTTP/1.0 200 OK\r\n\r\nx 1\nm 3\n', 3],
    ['says nothing', '', CUT],
    ['is no HTTP server', '-ERR unknown command\r\n', 'no HTTP answers there'],
    ['has headers without end', `HTTP/1.1 200 OK\r\n${'a: b\r\n'.repeat(10_000)}`, 'its HTTP headers are too long'],
    ['speaks of another protocol', 'HTTP/1.1 101 X\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n', CUT],
  ];
  for (const [what, bytes, expected] of raw)
    it(what, async () => assert.equal(await scrape(await rawTarget((socket) => socket.end(bytes))), expected));

  it('has no TLS', async () => {
    const { port } = await textTarget('m 3\n');
    assert.equal(await scrape(`https://127.0.0.1:${port}/`), 'no TLS answers there');
  });
});

describe('a link-local address', () => {
  for (const host of ['169.254.169.254', '0xa9fea9fe', '[fe80::1]', '[febf::1]', '[::ffff:169.254.0.1]'])
    it(`${host} is refused`, async () => assert.match(String(await scrape(`http://${host}/`)), /is link-local, which/));

  for (const address of ['169.254.169.254', 'fe80::1', '::ffff:169.254.0.1'])
    it(`is refused where a name resolves to it: ${address}`, async () => {
      const url = `http://meta.example:${(await textTarget('m 3\n')).port}/`;
      const refused = `meta.example: ${address} is link-local, which is refused`;
      assert.equal(await scrape(url, { resolve: resolver('127.0.0.1', address) }), refused);
      assert.equal(await scrape(url, { resolve: resolver('127.0.0.1') }), 3);
    });

  it('is one only within its nets', async () => {
    for (const host of ['169.253.255.255', '169.255.0.0', '[fec0::1]', '[fe7f::1]'])
      assert.doesNotMatch(String(await scrape(`http://${host}:1/`, { timeoutMs: 20 })), /link-local/);
  });
});
