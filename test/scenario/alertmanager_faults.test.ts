import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, RequestListener } from 'node:http';
import { createServer, type ServerOptions } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import type { AlertmanagerConfig } from '../../src/config/config.ts';
import type { AlertmanagerSender } from '../../src/outputs/alertmanager.ts';
import { makeCa, makeCertificate } from '../lib/certificates.ts';
import { defer } from '../lib/cleanup.ts';
import { skip } from '../lib/skip.ts';
import { temporaryDirectory } from '../unit/config/fixtures.ts';
import { nobody, rawTarget, target } from '../unit/scrape/server.ts';
import { at, firing, sender, until } from './sender.ts';

type Tls = NonNullable<AlertmanagerConfig['tls']>;

const only = (out: AlertmanagerSender) => out.counters().instances[0]!;

/** Sends one alert; what came of the first try. */
async function tried(config: AlertmanagerConfig) {
  const out = sender([config]);
  out.tick([firing('A')], Date.now());
  await until(() => only(out).requests > 0);
  const { sent, errors, droppedRefused, fault } = only(out);
  assert.equal(sent + errors, 1);
  return { out, result: sent ? 'sent' : droppedRefused ? 'refused' : 'failed', fault };
}

describe('an Alertmanager at fault', function () {
  this.timeout(60_000);

  it('that answers with an error of its own is asked until it takes all', async () => {
    const statuses = [503, 500, 200];
    const url = await target((_, response) => response.writeHead(statuses.shift() ?? 200).end());
    const { out, result, fault } = await tried(at(url.origin));
    assert.deepEqual([result, fault], ['failed', 'HTTP 503']);
    await until(() => only(out).sent === 1);
    assert.deepEqual([only(out).errors, only(out).requests, only(out).fault], [2, 3, null]);
  });

  it('that refuses is not asked the same again, and says why', async () => {
    const url = await target((_, response) => response.writeHead(400).end('"bad\\u001b labels"\n'));
    const { out, result, fault } = await tried(at(url.origin));
    assert.deepEqual([result, fault, only(out).queueLength], ['refused', 'HTTP 400: bad\\\\u001b labels', 0]);
  });

  const garbage: [string, string, RegExp][] = [
    ['bytes of another protocol', 'SSH-2.0-OpenSSH_9.2\r\n', /^no HTTP answers there$/],
    ['nothing', '', /^the connection was closed before/],
    ['half an answer', 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc', /^the connection was closed before/],
    ['headers without end', `HTTP/1.1 200 OK\r\nA: ${'a'.repeat(100_000)}`, /^its HTTP headers are too long$/],
  ];
  for (const [what, bytes, expected] of garbage)
    it(`that answers with ${what} has failed`, async () => {
      const url = await rawTarget((socket) => socket.end(bytes));
      const { result, fault } = await tried(at(url.origin));
      assert.equal(result, 'failed');
      assert.match(fault!, expected);
    });

  it('that is not there, or hangs, has failed', async () => {
    assert.equal((await tried(at((await nobody()).origin))).fault, 'connection refused');
    const hanging = await rawTarget(() => {});
    const { result, fault } = await tried(at(hanging.origin, { timeoutSeconds: 1 }));
    assert.deepEqual([result, fault], ['failed', 'no whole answer in 1 s']);
  });

  it('whose answer never ends is not read to its end', async () => {
    const url = await target((_, response) => {
      response.writeHead(400);
      for (let i = 0; i < 100; i++) response.write('x'.repeat(1000));
    });
    const { result, fault } = await tried(at(url.origin));
    assert.equal(result, 'refused');
    assert.ok(Buffer.byteLength(fault!) < 200, fault!);
  });

  it('that redirects is not followed', async () => {
    let followed = 0;
    const other = await target((_, response) => {
      followed++;
      response.end();
    });
    const url = await target((_, response) => response.writeHead(307, { location: other.href }).end());
    const { result, fault } = await tried(at(url.origin));
    assert.deepEqual([result, followed], ['refused', 0]);
    assert.match(fault!, /^redirects to http.*, which is not followed$/);
  });

  it('is asked through no proxy, whatever the environment says', async function () {
    const seen: string[] = [];
    const listener =
      (name: string): RequestListener =>
      (request, response) => {
        seen.push(`${name} ${request.method}`);
        response.end();
      };
    const [url, proxy] = [await target(listener('direct')), await target(listener('proxy'))];
    const own = pathToFileURL(join(import.meta.dirname, '../../src/outputs/alertmanager/post.ts'));
    const script = `import { get } from 'node:http';
      import { post } from '${own}';
      await post(${JSON.stringify(at(url.origin))}, '[]', new AbortController().signal);
      get('${url}', (plain) => plain.resume());`;
    const { NO_PROXY: _, no_proxy: __, ...rest } = process.env;
    const env = { ...rest, NODE_USE_ENV_PROXY: '1', HTTP_PROXY: proxy.origin, http_proxy: proxy.origin };
    await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], { env });
    skip(this, seen[1] === 'direct GET' ? 'this Node takes no proxy from its environment' : null);
    assert.deepEqual(seen, ['direct POST', 'proxy GET']);
  });

  it('that is another web server is told', async () => {
    const url = await target((_, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html>'));
    assert.equal((await tried(at(url.origin))).fault, 'a web page answers there, no Alertmanager');
  });

  it('behind a path gets its alerts there', async () => {
    const paths: string[] = [];
    const url = await target((request, response) => {
      paths.push(`${request.method} ${request.url}`);
      response.end();
    });
    assert.equal((await tried(at(`${url.origin}/team-a/`))).result, 'sent');
    assert.deepEqual(paths, ['POST /team-a/api/v2/alerts']);
  });
});

describe('an Alertmanager that asks who comes', function () {
  this.timeout(60_000);
  const directory = temporaryDirectory();
  const authorized =
    (expected: string, seen: string[] = []): RequestListener =>
    (request, response) => {
      seen.push(request.headers.authorization ?? '');
      response.writeHead(request.headers.authorization === expected ? 200 : 401).end();
    };

  it('by user and password; a changed file counts at once', async () => {
    const url = await target(authorized(`Basic ${Buffer.from('ops:pä:ss').toString('base64')}`));
    const passwordFile = directory.write('password', 'wrong\n');
    const config = at(url.origin, { basicAuth: { username: 'ops', passwordFile } });
    const { out, result, fault } = await tried(config);
    assert.deepEqual([result, fault], ['refused', 'HTTP 401']);
    writeFileSync(passwordFile, 'pä:ss\n');
    out.tick([firing('B')], Date.now());
    await until(() => only(out).sent === 1);
  });

  it('by a token; a changed file counts at once', async () => {
    const url = await target(authorized('Bearer s3cret'));
    const bearerTokenFile = directory.write('token', 'old');
    const { out, result } = await tried(at(url.origin, { bearerTokenFile }));
    assert.equal(result, 'refused');
    writeFileSync(bearerTokenFile, 's3cret\n');
    out.tick([firing('B')], Date.now());
    await until(() => only(out).sent === 1);
  });

  it('by the URL, which is not told to others', async () => {
    const url = await target(authorized(`Basic ${Buffer.from('u:p w').toString('base64')}`));
    const { out, result } = await tried(at(url.origin.replace('//', '//u:p%20w@')));
    assert.deepEqual([result, only(out).alertmanager], ['sent', url.origin]);
  });

  const files: [string, (file: string) => void, RegExp][] = [
    ['that is not there', () => {}, /token: cannot read it: ENOENT/],
    ['of several lines', (file) => writeFileSync(file, 'a\r\nX-Evil: b'), /token: more than one line/],
    ['that is a pipe', (file) => void spawnSync('mkfifo', [file]), /token: cannot read it: it is no file/],
  ];
  for (const [what, make, expected] of files)
    it(`gets nothing with a file ${what}`, async () => {
      const seen: string[] = [];
      const url = await target(authorized('', seen));
      const bearerTokenFile = join(directory.path, 'token');
      make(bearerTokenFile);
      const { result, fault } = await tried(at(url.origin, { bearerTokenFile }));
      assert.equal(result, 'failed');
      assert.match(fault!, expected);
      assert.deepEqual(seen, []);
    });

  it('gets nothing with a file that others can write, as root', async function () {
    skip(this, process.getuid!() === 0 ? null : 'root alone refuses such files');
    const url = await target(authorized('Bearer a'));
    const bearerTokenFile = directory.write('token', 'a', 0o666);
    assert.match((await tried(at(url.origin, { bearerTokenFile }))).fault!, /everybody can write it/);
    chmodSync(bearerTokenFile, 0o600);
    assert.equal((await tried(at(url.origin, { bearerTokenFile }))).result, 'sent');
  });
});

describe('an Alertmanager with TLS', function () {
  this.timeout(60_000);
  const directory = temporaryDirectory();
  const TLS: Tls = { caFile: null, certFile: null, keyFile: null, serverName: null, insecureSkipVerify: false };
  const file = (name: string) => join(directory.path, name);
  const bodies: string[] = [];

  beforeEach(function () {
    skip(this, spawnSync('openssl', ['version']).error ? 'openssl is not installed' : null);
    bodies.length = 0;
    for (const ca of ['ca', 'other']) makeCa(directory.path, ca);
    makeCertificate(directory.path, 'ca', 'right', 'IP:127.0.0.1');
    makeCertificate(directory.path, 'ca', 'named', 'DNS:alerts.example');
  });

  async function serve(name: string, options: ServerOptions = {}): Promise<string> {
    const keys = { cert: readFileSync(file(`${name}.pem`)), key: readFileSync(file(`${name}.key`)) };
    const server = createServer({ ...keys, ...options }, async (request: IncomingMessage, response) => {
      bodies.push(await text(request));
      response.end();
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    defer(() => {
      server.close();
      server.closeAllConnections();
    });
    return `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  const cases: [string, string, Partial<Tls>, RegExp | null][] = [
    ['of the CA that is given', 'right', { caFile: 'ca.pem' }, null],
    ['of a CA that nobody knows', 'right', {}, /certificate/],
    ['of another CA', 'right', { caFile: 'other.pem' }, /certificate/],
    ['for another name', 'named', { caFile: 'ca.pem' }, /does not match certificate/],
    ['for the name that is given', 'named', { caFile: 'ca.pem', serverName: 'alerts.example' }, null],
    ['that is not looked at', 'named', { insecureSkipVerify: true }, null],
  ];
  for (const [what, name, given, expected] of cases)
    it(`and a certificate ${what}`, async () => {
      const url = await serve(name);
      const tls = { ...TLS, ...given, ...(given.caFile && { caFile: file(given.caFile) }) };
      const { result, fault } = await tried(at(url, { tls }));
      assert.equal(result, expected ? 'failed' : 'sent', fault ?? '');
      if (expected) assert.match(fault!, expected);
      assert.equal(bodies.length, expected ? 0 : 1);
    });

  it('that wants a certificate of ours', async () => {
    const url = await serve('right', { requestCert: true, ca: readFileSync(file('ca.pem')) });
    const tls = { ...TLS, caFile: file('ca.pem') };
    assert.equal((await tried(at(url, { tls }))).result, 'failed');
    const own = { certFile: file('named.pem'), keyFile: file('named.key') };
    assert.equal((await tried(at(url, { tls: { ...tls, ...own } }))).result, 'sent');
  });

  it('is believed by a changed ca_file from the next try on', async () => {
    const url = await serve('right');
    writeFileSync(file('used.pem'), readFileSync(file('other.pem')));
    const { out, result } = await tried(at(url, { tls: { ...TLS, caFile: file('used.pem') } }));
    assert.equal(result, 'failed');
    writeFileSync(file('used.pem'), readFileSync(file('ca.pem')));
    await until(() => only(out).sent === 1);
  });
});
