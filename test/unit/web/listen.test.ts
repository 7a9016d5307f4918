import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hash } from 'bcryptjs';
import { createApp } from '../../../src/web/app.ts';
import { basicAuth } from '../../../src/web/auth.ts';
import { listen, stopServer } from '../../../src/web/listen.ts';
import { listeningInodes } from '../../../src/web/port_owner.ts';
import { loadWebConfig } from '../../../src/web/web_config.ts';
import { skip } from '../../lib/skip.ts';
import { ask, FakeSource, options, serving } from './client.ts';

const basic = (text: string) => ({ Authorization: `Basic ${Buffer.from(text).toString('base64')}` });

describe('a port that is taken', () => {
  it('is said with its owner', () =>
    serving(new FakeSource(), {}, async (server) => {
      const { port } = server.address() as AddressInfo;
      const second = listen(createApp(new FakeSource(), options()), { host: '127.0.0.1', port }, null);
      await assert.rejects(
        second,
        new RegExp(`127.0.0.1:${port}: the port is taken by .+ \\(pid ${process.pid}\\); choose`),
      );
    }));

  it('is found among listeners only', () => {
    const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:28C3 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1
   1: 0100007F:28C3 0100007F:9C40 01 00000000:00000000 00:00000000 00000000     0        0 4712 1
`;
    assert.deepEqual(listeningInodes(table, 10435), ['4711']);
    assert.deepEqual(listeningInodes(table, 10436), []);
  });

  it('does not hide another fault', async () => {
    const app = createApp(new FakeSource(), options());
    await assert.rejects(listen(app, { host: '192.0.2.1', port: 0 }, null), /no such address/);
  });
});

describe('basic auth', () => {
  it('lets the right password in, again and again, and nobody else', async () => {
    const auth = basicAuth(new Map([['ops', await hash('s3cret:with:colons', 4)]]));
    await serving(new FakeSource(), { auth }, async (server) => {
      const status = async (headers: Record<string, string>) => (await ask(server, '/-/healthy', { headers })).status;
      assert.equal(await status({}), 401);
      assert.equal(await status(basic('ops:wrong')), 401);
      assert.equal(await status(basic('ops:s3cret:with:colons')), 200);
      assert.equal(await status(basic('ops:s3cret:with:colons')), 200);
      assert.equal(await status(basic('ops:wrong')), 401);
      assert.equal(await status(basic('nobody:s3cret:with:colons')), 401);
      assert.equal(await status({ Authorization: 'Bearer x' }), 401);
      const { headers } = await ask(server, '/metrics');
      assert.match(headers['www-authenticate']!, /^Basic realm=/);
    });
  });
});

describe('--web.config.file', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'pooldrift-web-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  function file(text: string, mode = 0o600): string {
    const path = join(folder, 'web.yaml');
    writeFileSync(path, text);
    chmodSync(path, mode);
    return path;
  }

  for (const [name, text, message] of [
    ['an unknown key', 'tls_config: {}', /web\.yaml: .*tls_config/],
    ['a half of TLS', 'tls_server_config: { cert_file: a }', /tls_server_config: key_file/],
    ['a plain password', 'basic_auth_users: { ops: hunter2 }', /basic_auth_users: ops: not a bcrypt hash/],
    ['a missing certificate', 'tls_server_config: { cert_file: a, key_file: b }', /ENOENT.*/],
    [
      'unverifiable clients',
      'tls_server_config: { cert_file: a, key_file: b, client_auth_type: RequireAndVerifyClientCert }',
      /client_ca_file/,
    ],
    ['no YAML', 'a: [', /web\.yaml: /],
  ] as const)
    it(`refuses ${name}`, () => assert.throws(() => loadWebConfig(file(text)), message));

  it('refuses a file that others can write, as root', function () {
    skip(this, process.getuid!() === 0 ? null : 'only root acts on a file for others');
    assert.throws(() => loadWebConfig(file('{}', 0o666)), /everybody can write it/);
  });

  it('asks nothing where it is empty', () => assert.deepEqual(loadWebConfig(file('')), { tls: null, users: null }));

  it('serves TLS', async function () {
    skip(this, spawnSync('openssl', ['version']).error ? 'openssl is not installed' : null);
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1'];
    const made = [
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-keyout',
      'key.pem',
      '-out',
      'cert.pem',
    ];
    execFileSync('openssl', ['req', '-x509', '-days', '2', ...made, ...subject], { cwd: folder, stdio: 'ignore' });
    const users = `basic_auth_users: { ops: "${await hash('x', 4)}" }`;
    const { tls, users: read } = loadWebConfig(
      file(`tls_server_config: { cert_file: cert.pem, key_file: key.pem }\n${users}`),
    );
    const app = createApp(new FakeSource(), options({ auth: basicAuth(read!) }));
    const server = await listen(app, { host: '127.0.0.1', port: 0 }, tls);
    try {
      const ca = readFileSync(join(folder, 'cert.pem'));
      assert.equal((await ask(server, '/-/healthy', { ca, headers: basic('ops:x') })).status, 200);
      assert.equal((await ask(server, '/-/healthy', { ca })).status, 401);
      await assert.rejects(ask(server, '/-/healthy'));
    } finally {
      await stopServer(server);
    }
  });
});
