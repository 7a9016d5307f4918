import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { Procfs } from '../../../src/pools/procfs.ts';
import { ProcessView } from '../../../src/pools/view.ts';
import { skip } from '../../lib/skip.ts';
import { buildGo, family, RealHost, which } from './real_host.ts';

const GO_SOURCE = `package main

import (
	"fmt"
	"net"
	"runtime"
	"time"
)

func main() {
	if _, err := net.Listen("tcp", "127.0.0.1:0"); err != nil {
		panic(err)
	}
	fmt.Println(runtime.GOMAXPROCS(0))
	time.Sleep(time.Minute)
}
`;

/** A server with two worker threads, its libuv pool in use. */
const NODE_SOURCE = `
import { createServer } from 'node:http';
import { stat } from 'node:fs';
import { Worker } from 'node:worker_threads';
for (const name of ['named', undefined]) new Worker('setInterval(() => {}, 1000)', { eval: true, name });
for (let n = 0; n < 20; n++) stat('/', () => {});
createServer().listen(0, '127.0.0.1', () => setTimeout(() => console.log('ready'), 300));
`;

describe('pools of real programs', function () {
  this.timeout(120_000);
  const host = new RealHost();

  it('Go: the size is what the program itself says, for each environment', async function () {
    const go = which('go');
    skip(this, go ? null : 'go is not installed');
    for (const language of ['1.21', '1.25']) {
      const binary = buildGo(go!, host.directory, language, GO_SOURCE);
      for (const env of [
        {},
        { GOMAXPROCS: '7' },
        { GOMAXPROCS: '0' },
        { GOMAXPROCS: '+3' },
        { GOMAXPROCS: ' 3' },
        { GOMAXPROCS: '-2' },
      ]) {
        const { pid, said } = await host.start(binary, [], env, true);
        const { tracker } = host.track(`pools: [ { name: go, match: { pid: ${pid} } } ]`, pid);
        const [pool] = tracker.pools();
        assert.deepEqual([pool!.kind, pool!.size], ['go', Number(said)], `${language} ${JSON.stringify(env)}`);
      }
      const build = new ProcessView((await host.start(binary, [], {}, true)).pid, new Procfs()).goBuild!;
      assert.match(build.version, /^go1\.\d+/);
      assert.ok(build.modules.has('example.org/app'));
      const newer = Number(/^go1\.(\d+)/.exec(build.version)![1]) >= 25;
      assert.equal(build.godebug.get('containermaxprocs'), newer && language === '1.21' ? '0' : undefined);
    }
  });

  it('Go: pinned to one CPU', async function () {
    const [go, taskset] = [which('go'), which('taskset')];
    skip(this, go && taskset ? null : 'go or taskset is not installed');
    const { pid, said } = await host.start(
      taskset!,
      ['-c', '0', buildGo(go!, host.directory, '1.21', GO_SOURCE)],
      {},
      true,
    );
    const [pool] = host.track(`pools: [ { name: go, match: { pid: ${pid} } } ]`, pid).tracker.pools();
    assert.deepEqual([said, pool!.size, pool!.cpuLimit], ['1', 1, 1]);
  });

  it('Node: event loop, libuv pool and worker threads', async () => {
    const script = host.file('server.mjs', NODE_SOURCE);
    const { pid } = await host.start(process.execPath, [script], { UV_THREADPOOL_SIZE: '6' }, true);
    const port = await host.listening(pid);
    const { tracker, membership } = host.track(`pools: [ { name: api, match: { listen: ${port} } } ]`, pid);
    const [pool] = tracker.pools();
    assert.deepEqual([pool!.kind, pool!.tgids, pool!.ports, pool!.sizeSource], ['node', [pid], [port], 'environment']);
    assert.equal(pool!.size, 1 + 6 + 2);
    assert.deepEqual(
      membership.tids(0),
      new Procfs().tids(pid).sort((a, b) => a - b),
    );
  });

  it('nginx: found by its port and by discovery, its size its workers', async function () {
    const nginx = which('nginx');
    skip(this, nginx ? null : 'nginx is not installed');
    const text = `daemon off; worker_processes 3; pid ${host.directory}/pid; error_log ${host.directory}/log;
events {} http { access_log off; client_body_temp_path ${host.directory}/b; proxy_temp_path ${host.directory}/p;
fastcgi_temp_path ${host.directory}/f; uwsgi_temp_path ${host.directory}/u; scgi_temp_path ${host.directory}/s;
server { listen 127.0.0.1:18735; } }\n`;
    const conf = host.file('nginx.conf', text);
    const { pid } = await host.start(nginx!, ['-p', host.directory, '-c', conf, '-e', `${host.directory}/log`]);
    const port = await host.listening(pid);
    await sleep(200);
    const members = family(pid).sort((a, b) => a - b);
    for (const yaml of [`pools: [ { name: nginx, match: { listen: ${port} } } ]`, '']) {
      const { tracker, membership } = host.track(yaml, pid);
      const [pool] = tracker.pools();
      assert.deepEqual([pool!.name, pool!.kind, pool!.size, pool!.tgids], ['nginx', 'nginx', 3, members]);
      assert.deepEqual([membership.tids(0), pool!.configured], [members, yaml !== '']);
    }
  });

  it('Redis: its I/O threads counted', async function () {
    const redis = which('redis-server');
    skip(this, redis ? null : 'redis-server is not installed');
    const args = ['--port', '18736', '--bind', '127.0.0.1', '--io-threads', '3', '--save', '', '--dir', host.directory];
    const { pid } = await host.start(redis!, args);
    await host.listening(pid);
    const [pool] = host.track('', pid).tracker.pools();
    assert.deepEqual([pool!.name, pool!.kind, pool!.size], ['redis-server', 'redis', 3]);
  });
});
