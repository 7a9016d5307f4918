import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { has, workload } from '../lib/build.ts';
import { childrenOf } from '../lib/procfs.ts';
import { skip } from '../lib/skip.ts';
import { startProgram } from '../lib/workload.ts';
import { Daemon, folder, freePort, until } from './daemon.ts';
import { program } from './program.ts';

async function nginx(port: number): Promise<number> {
  const at = folder();
  for (const name of ['b', 'p', 'f', 'u', 's']) mkdirSync(join(at, name));
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((of) => `${of}_temp_path ${at}/${of[0]};`);
  writeFileSync(
    join(at, 'nginx.conf'),
    `daemon off; worker_processes 3; pid ${at}/pid; error_log stderr error; events { worker_connections 64; }
http { access_log off; ${temporary.join(' ')} server { listen 127.0.0.1:${port}; root ${at}; } }`,
  );
  return (await program('nginx', ['-p', at, '-c', join(at, 'nginx.conf'), '-e', 'stderr'])).pid;
}

function said(daemon: Daemon, name: string): number {
  return daemon.log.split('\n').filter((line) => line.includes(`found ${name} (`)).length;
}

describe('discovery with no configuration', function () {
  this.timeout(60_000);

  it('nginx, Node and Redis: a name, a kind, a size and one log line each', async function () {
    const missing = ['nginx', 'redis-server'].filter((name) => !has(name));
    skip(this, missing.length > 0 ? `not installed: ${missing.join(', ')}` : null);
    const [web, redis, node] = [await freePort(), await freePort(), await freePort()];
    const master = await nginx(web);
    await program('redis-server', ['--port', `${redis}`, '--bind', '127.0.0.1', '--save', '', '--dir', folder()]);
    await program(process.execPath, ['-e', `require('node:http').createServer().listen(${node}, '127.0.0.1')`]);
    const daemon = await Daemon.start({ config: 'interval: 1s' });
    const at = (port: number) => async () => (await daemon.status()).pools.find(({ ports }) => ports.includes(port));
    const [edge, cache, app] = [
      await until('nginx', at(web)),
      await until('redis', at(redis)),
      await until('node', at(node)),
    ];
    assert.equal(edge.kind, 'nginx');
    assert.equal(edge.size, 3);
    assert.deepEqual(
      edge.tgids,
      [master, ...childrenOf(master)].sort((a, b) => a - b),
    );
    assert.equal(cache.kind, 'redis');
    assert.equal(app.kind, 'node');
    for (const { pool } of [edge, cache, app]) assert.equal(said(daemon, pool), 1, daemon.log);
  });

  it('a Go program that starts later and restarts keeps its name; GOMAXPROCS is its size', async function () {
    skip(this, has('go') ? null : 'not installed: go');
    const port = await freePort();
    const env = { ...process.env, GOMAXPROCS: '3' };
    const start = () => startProgram(workload('goserver'), [`127.0.0.1:${port}`], env);
    const daemon = await Daemon.start({ config: 'interval: 1s' });
    const first = await start();
    const pool = () => daemon.status().then(({ pools }) => pools.find(({ ports }) => ports.includes(port)));
    const found = await until('it is found', pool);
    assert.deepEqual([found.pool, found.kind, found.size], ['goserver', 'go', 3]);
    await first.stop();
    await until('it is empty', async () => (await daemon.pool('goserver'))?.tgids.length === 0);
    const second = await start();
    await until('it is back', async () => (await daemon.pool('goserver'))?.tgids.includes(second.pid));
    assert.equal(said(daemon, 'goserver'), 1, daemon.log);
  });
});
