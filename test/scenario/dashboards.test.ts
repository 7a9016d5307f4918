import assert from 'node:assert/strict';
import { ALERTMANAGER, Alertmanager } from '../lib/alertmanager.ts';
import { has, workload } from '../lib/build.ts';
import { memoryCgroup, noMemoryLimit } from '../lib/cgroup.ts';
import { ALL, labelValuesOf, type Query, queriesOf } from '../lib/grafana/dashboards.ts';
import { filled, offered } from '../lib/grafana/interpolate.ts';
import { type Answered, Prometheus } from '../lib/prometheus.ts';
import { skip } from '../lib/skip.ts';
import { startProgram } from '../lib/workload.ts';
import { Daemon, freePort, until } from './daemon.ts';
import { armed, drifts, noScene, scene, settles } from './drift_scene.ts';
import { program } from './program.ts';

const RATE_INTERVAL = '5s';
const FOUND_SECONDS = 45;
/** Several times its P99: found on any machine. */
const SLOW_US = 100_000;
/** Beyond, a panel has no data. */
const DATA_SECONDS = 15;
/** Of the drift scene, of a program that tells of its collector, and of one that opens connections. */
const POOLS = ['p', 'go', 'client'];
const CONNECTS =
  'use Socket; while (1) { socket S,PF_INET,SOCK_STREAM,0; connect S,sockaddr_in($ARGV[0],INADDR_LOOPBACK); close S; select undef,undef,undef,0.05 }';

function missing(...commands: string[]): string | null {
  const lacking = commands.filter((command) => !has(command));
  return lacking.length === 0 ? null : `not installed: ${lacking.join(', ')}`;
}

async function scraping(daemon: Daemon): Promise<Prometheus> {
  const prometheus = await Prometheus.start();
  const targets = [{ targets: [`127.0.0.1:${daemon.port}`] }];
  const job = { job_name: 'pooldrift', scrape_interval: '1s', static_configs: targets };
  await prometheus.reload({ scrape_configs: [job] });
  return prometheus;
}

async function series(prometheus: Prometheus, expr: string): Promise<Answered[]> {
  const answer = await prometheus.query(expr, Date.now());
  if (!('vector' in answer)) throw new Error(`${expr}: ${JSON.stringify(answer)}`);
  return answer.vector;
}

/** Why a panel would show nothing of the query, or a name with a hole in it; null: it shows. */
async function fault(prometheus: Prometheus, { at, expr, legendFormat = '' }: Query): Promise<string | null> {
  const chosen = { job: '.+', instance: '.+', pool: POOLS } as const;
  const found = await series(prometheus, filled(expr, chosen, RATE_INTERVAL));
  if (!found.some(({ value }) => Number.isFinite(value))) return `${at}: no data: ${expr}`;
  const named = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label]) => label!);
  const holes = named.filter((label) => found.some(({ labels }) => labels[label] === undefined));
  return holes.length === 0 ? null : `${at}: series without ${holes}`;
}

/** Watches what POOLS names. */
async function daemonOf(serverPid: number, alertmanager: string): Promise<Daemon> {
  const port = await freePort();
  const server = await startProgram(workload('goserver'), [`127.0.0.1:${port}`, 'live=32', 'alloc=4000000']);
  const group = memoryCgroup('dashboards');
  group.limit(512 * 2 ** 20);
  group.add(server.pid);
  const client = await program('perl', ['-e', CONNECTS, `${port}`]);
  const scrape = `{ url: "http://127.0.0.1:${port}/metrics", interval: 1s }`;
  return Daemon.start({
    config: `interval: 1s
drift: { window: 5s, baseline: 1m }
limits: { overhead: 0.5 }
alerting: { alertmanagers: [ "${alertmanager}" ], resend_delay: 1s }
pools:
  - { name: p, match: { pid: ${serverPid} } }
  - { name: go, match: { listen: ${port} }, scrape: ${scrape} }
  - { name: client, match: { pid: ${client.pid} } }`,
  });
}

describe('dashboards on a real Prometheus that scrapes a real daemon', function () {
  this.timeout(120_000);

  it('each query of each panel shows data while a pool drifts, under names without holes', async function () {
    skip(this, noScene() ?? noMemoryLimit() ?? missing('prometheus', ALERTMANAGER, 'go', 'perl'));
    const { server } = await scene();
    const { url } = await Alertmanager.start();
    const daemon = await daemonOf(server.pids[0]!, url);
    const prometheus = await scraping(daemon);
    await armed(daemon);
    await server.steps(`call=${server.port + 1}`, `sleep=${SLOW_US}`);
    await drifts(daemon, FOUND_SECONDS);
    await settles(daemon, FOUND_SECONDS);
    const waiting = new Map(ALL.flatMap(queriesOf).map((query) => [query, 'not asked']));
    const answered = async () => {
      for (const query of [...waiting.keys()]) {
        const why = await fault(prometheus, query);
        if (why === null) waiting.delete(query);
        else waiting.set(query, why);
      }
      return waiting.size === 0;
    };
    await until('data', answered, DATA_SECONDS).catch(() => {});
    assert.deepEqual([...waiting.values()], []);
    for (const { selector, label } of ALL.flatMap(labelValuesOf)) {
      const chosen = { job: '.+', instance: '.+' } as const;
      const found = await series(prometheus, `count by (${label}) (${filled(selector, chosen, RATE_INTERVAL)})`);
      assert.ok(found.length > 0 && found.every(({ labels }) => labels[label]), selector);
    }
  });

  it('a name that attacks is chosen as it is, or not offered', async function () {
    skip(this, missing('prometheus', 'perl'));
    const listen =
      'use Socket; socket S,PF_INET,SOCK_STREAM,0; bind S,sockaddr_in($ARGV[0],INADDR_LOOPBACK) or die; listen S,5;';
    const rename = 'open F,">/proc/self/comm"; syswrite F,$ARGV[1]; close F;';
    const names = [`'<b>\u001b[1m$.|(\\`, `"} or up{x="`];
    const pids: number[] = [];
    for (const name of names)
      pids.push((await program('perl', ['-e', `${rename} ${listen} sleep`, `${await freePort()}`, name])).pid);
    const daemon = await Daemon.start({ config: 'interval: 1s' });
    const known = async () => {
      const { pools } = await daemon.status();
      const found = pids.map((pid) => pools.find(({ tgids }) => tgids.includes(pid))?.pool);
      return found.every((pool) => pool !== undefined) ? found : null;
    };
    const [odd, quoted] = (await until('both are found', known)) as [string, string];
    const prometheus = await scraping(daemon);
    const variable = ALL.flatMap(labelValuesOf).find(({ name }) => name === 'pool')!;
    const all = filled(variable.selector, { job: '.+', instance: '.+' }, RATE_INTERVAL);
    const there = async () => (await series(prometheus, all)).map(({ labels }) => labels.pool!);
    const values = await until('both are scraped', async () => {
      const pools = await there();
      return pools.includes(odd) && pools.includes(quoted) ? pools : null;
    });
    assert.ok(offered(variable.regex, values).includes(odd) && !offered(variable.regex, values).includes(quoted));
    const threads = '{job=~"$job",instance=~"$instance",pool=~"$pool"}';
    const expr = filled(`pooldrift_pool_threads${threads}`, { job: '.+', instance: '.+', pool: [odd] }, RATE_INTERVAL);
    assert.deepEqual(
      (await series(prometheus, expr)).map(({ labels }) => labels.pool),
      [odd],
    );
  });
});
