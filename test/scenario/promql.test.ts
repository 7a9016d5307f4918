import assert from 'node:assert/strict';
import type { Context } from 'mocha';
import { has } from '../lib/build.ts';
import { type Answer, Prometheus } from '../lib/prometheus.ts';
import { ask, difference, storeOf } from '../lib/promql.ts';
import type { Given } from '../lib/remote_write.ts';
import { skip } from '../lib/skip.ts';
import { CHANGES, EDGE_MS, edgeSeries } from '../sim/promql_changes.ts';
import { Queries } from '../sim/promql_queries.ts';
import { generatedSeries, MINUTES, START_MS } from '../sim/promql_series.ts';
import { Random } from '../sim/random.ts';

const QUERIES = Number(process.env.QUERIES ?? 2500);
const SEED = Number(process.env.SEED ?? 1);

async function loaded(context: Context, series: Given[]): Promise<Prometheus> {
  skip(context, has('prometheus') ? null : 'not installed: prometheus');
  const server = await Prometheus.start();
  for (let minute = 0; minute < MINUTES; minute += 20) await server.write(series.map((each) => part(each, minute)));
  return server;
}

/** Twenty minutes of a series: times may not fall behind by an hour. */
function part({ labels, samples }: Given, minute: number): Given {
  const [from, to] = [START_MS + minute * 60_000, START_MS + (minute + 20) * 60_000];
  return { labels, samples: samples.filter(([timeMs]) => timeMs >= from && timeMs < to) };
}

const isFull = (answer: Answer) => 'scalar' in answer || ('vector' in answer && answer.vector.length > 0);

describe('PromQL against a real Prometheus', function () {
  this.timeout(120_000);

  it(`gives one answer to ${QUERIES} generated queries`, async function () {
    const series = generatedSeries();
    const server = await loaded(this, series);
    const store = storeOf(series);
    const queries = new Queries(new Random(SEED));
    const differing: string[] = [];
    const tally = { full: 0, empty: 0, errors: 0, refused: 0 };
    for (let i = 0; i < QUERIES; i++) {
      const { query, timeMs } = queries.next();
      const theirs = await server.query(query, timeMs);
      const ours = ask(store, query, timeMs);
      tally['refused' in theirs ? 'refused' : 'error' in theirs ? 'errors' : isFull(theirs) ? 'full' : 'empty']++;
      const differs = difference(ours, theirs);
      if (differs) differing.push(`${query} at ${timeMs}: ${differs}`);
    }
    if (process.env.TALLY) console.log(JSON.stringify(tally));
    assert.deepEqual(differing, []);
    assert.ok(tally.full > QUERIES / 2 && tally.errors > QUERIES / 100, JSON.stringify(tally));
  });

  it('differs from Prometheus 2 where Prometheus 3 does, and nowhere else', async function () {
    const series = edgeSeries();
    const server = await loaded(this, series);
    const store = storeOf(series);
    const old = (await server.majorVersion()) < 3;
    for (const { query, three, two } of CHANGES) {
      const ours = ask(store, query, EDGE_MS);
      assert.equal(told(ours), three, query);
      assert.equal(told(await server.query(query, EDGE_MS)), old ? two : three, query);
    }
  });
});

function told(answer: Answer): string {
  if ('vector' in answer) return answer.vector.map(({ value }) => value.toPrecision(6)).join(' ');
  return Object.keys(answer)[0]!;
}
