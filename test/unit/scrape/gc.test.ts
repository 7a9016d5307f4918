import assert from 'node:assert/strict';
import { PerformanceObserver } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { collectDefaultMetrics, Registry } from '@prometheus-io/client';
import type { PoolConfig } from '../../../src/config/config.ts';
import { GC_SAMPLES, GcBook } from '../../../src/scrape/gc.ts';
import { Scrapes } from '../../../src/scrape/scrapes.ts';
import { TextParser } from '../../../src/scrape/text.ts';
import { defer } from '../../lib/cleanup.ts';
import { target, until } from './server.ts';

/** Scrapes, one a second, of what a program says. */
class Program {
  readonly book = new GcBook();
  #seconds = 0;

  say(text: string) {
    const parser = new TextParser(GC_SAMPLES, '');
    parser.push(Buffer.from(text));
    const families = parser.end(true);
    return this.book.add((sample) => families.get(sample)!.value, this.#seconds++ * 1e9);
  }
}

const GO = (pauses: number, runs: number, assist: number, cpu: number) => `# TYPE go_gc_duration_seconds summary
go_gc_duration_seconds{quantile="0"} 2.5e-05
go_gc_duration_seconds{quantile="1"} 0.9
go_gc_duration_seconds_sum ${pauses}
go_gc_duration_seconds_count ${runs}
go_gc_pauses_seconds_bucket{le="+Inf"} 77
go_gc_pauses_seconds_sum 700
go_cpu_classes_gc_mark_assist_cpu_seconds_total ${assist}
go_cpu_classes_gc_total_cpu_seconds_total ${cpu}
go_memstats_heap_alloc_bytes 4.2e+06
go_memstats_heap_alloc_bytes_total 9e+09
`;

const NOTHING = { gcPauseSeconds: null, gcAssistSeconds: null, gcCpuSeconds: null, gcCycles: null, heapBytes: null };

describe('what a program tells of its collector', () => {
  let program: Program;
  beforeEach(() => {
    program = new Program();
  });

  it('Go: pauses, cycles, assists, all CPU time, heap; growth since the first scrape', () => {
    const first = { atNs: 0, gcPauseSeconds: 0, gcAssistSeconds: 0, gcCpuSeconds: 0, gcCycles: 0, heapBytes: 4.2e6 };
    assert.deepEqual(program.say(GO(1.5, 40, 2, 8)), first);
    assert.deepEqual(program.say(GO(1.75, 44, 4, 13)), {
      atNs: 1e9,
      gcPauseSeconds: 0.25,
      gcAssistSeconds: 2,
      gcCpuSeconds: 5,
      gcCycles: 4,
      heapBytes: 4.2e6,
    });
  });

  it('Go without the standard collector: from runtime/metrics, under either name', () => {
    program.say('golang_gc_pauses_seconds_sum 1\ngo_gc_cycles_total_gc_cycles_total 5\n');
    const { gcPauseSeconds, gcCycles } = program.say(
      'golang_gc_pauses_seconds_sum 1.5\ngo_gc_cycles_total_gc_cycles_total 7\ngo_memory_classes_heap_objects_bytes 5\n',
    )!;
    assert.deepEqual([gcPauseSeconds, gcCycles], [0.5, 2]);
  });

  it('Node: by kind of run, summed', () => {
    const says = (major: number, minor: number) => `# TYPE nodejs_gc_duration_seconds histogram
nodejs_gc_duration_seconds_bucket{le="0.001",kind="minor"} 3
nodejs_gc_duration_seconds_sum{kind="minor"} ${minor / 1000}
nodejs_gc_duration_seconds_count{kind="minor"} ${minor}
nodejs_gc_duration_seconds_sum{kind="major"} ${major / 100}
nodejs_gc_duration_seconds_count{kind="major"} ${major}
nodejs_heap_size_used_bytes 9000000
nodejs_heap_size_total_bytes 12000000
`;
    program.say(says(1, 10));
    const totals = program.say(says(2, 30))!;
    assert.deepEqual([totals.gcPauseSeconds!.toFixed(6), totals.gcCycles, totals.heapBytes], ['0.030000', 21, 9e6]);
    assert.deepEqual([totals.gcAssistSeconds, totals.gcCpuSeconds], [null, null]);
  });

  for (const [name, pause, heap] of [
    ['client_java', 'jvm_gc_collection_seconds', 'jvm_memory_used_bytes'],
    ['simpleclient', 'jvm_gc_collection_seconds', 'jvm_memory_bytes_used'],
    ['Micrometer', 'jvm_gc_pause_seconds', 'jvm_memory_used_bytes'],
  ] as const)
    it(`JVM, ${name}: collectors summed, the heap alone`, () => {
      const says = (each: number) => `${pause}_sum{gc="G1 Young Generation",} ${each / 10}
${pause}_count{gc="G1 Young Generation",} ${each}
${pause}_sum{gc="G1 Old Generation"} 0
${pause}_count{gc="G1 Old Generation"} ${each}
${heap}{area="heap",id="Eden"} 100
${heap}{id="Old",area="heap"} 1000
${heap}{area="nonheap",id="Metaspace"} 7
`;
      program.say(says(1));
      const totals = program.say(says(3))!;
      assert.deepEqual([totals.gcPauseSeconds!.toFixed(6), totals.gcCycles, totals.heapBytes], ['0.200000', 4, 1100]);
    });

  it('.NET before 8 counts nanoseconds', () => {
    program.say('process_runtime_dotnet_gc_duration_nanoseconds_total 0\n');
    assert.equal(program.say('process_runtime_dotnet_gc_duration_nanoseconds_total 5e8\n')!.gcPauseSeconds, 0.5);
  });

  it('grows on over a restart, and through a scrape that lacks a figure', () => {
    program.say(GO(10, 100, 5, 50));
    program.say(GO(11, 110, 6, 52));
    const after = program.say(GO(0.5, 3, 0.25, 1))!;
    assert.deepEqual(
      [after.gcPauseSeconds, after.gcCycles, after.gcAssistSeconds, after.gcCpuSeconds],
      [1.5, 13, 1.25, 3],
    );
    assert.equal(program.say('go_memstats_heap_alloc_bytes 1\n')!.gcCycles, null);
    assert.equal(program.say(GO(0.5, 9, 0.25, 1))!.gcCycles, 19);
  });

  it('a counter that is not sent before its first run has counted from zero; one in place of another has not', () => {
    program.say('nodejs_heap_size_used_bytes 5\n');
    assert.equal(program.say('nodejs_gc_duration_seconds_count{kind="minor"} 7\n')!.gcCycles, 7);
    assert.equal(program.say('nodejs_gc_runs_total 500\n')!.gcCycles, 7);
    assert.equal(program.say('nodejs_gc_runs_total 501\n')!.gcCycles, 8);
  });

  it('is not believed while several processes answer in turn', () => {
    const told = [100, 40, 101, 41].map((runs) => program.say(GO(1, runs, 0, 0)) !== null);
    assert.deepEqual(told, [true, true, true, false]);
    for (const runs of [42, 43, 44, 45]) program.say(GO(1, runs, 0, 0));
    assert.notEqual(program.say(GO(1, 46, 0, 0)), null);
  });

  it('nothing, nonsense, and names that only begin alike', () => {
    assert.equal(program.say('up 1\n'), null);
    assert.equal(program.say('go_gc_duration_seconds_sum NaN\ngo_gc_duration_seconds_count -1\n'), null);
    assert.equal(program.say('go_gc_duration_seconds_sums 1\njvm_memory_used_bytes{area="nonheap"} 5\n'), null);
    const { atNs, ...figures } = program.say('go_gc_duration_seconds_count +Inf\nnodejs_heap_size_used_bytes 5\n')!;
    assert.deepEqual([atNs, figures], [3e9, { ...NOTHING, heapBytes: 5 }]);
  });
});

/** By perf_hooks: runs and seconds of this very process's collector. */
function observed() {
  const seen = { runs: 0, seconds: 0 };
  const observer = new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) {
      seen.runs++;
      seen.seconds += duration / 1000;
    }
  });
  observer.observe({ entryTypes: ['gc'] });
  defer(() => observer.disconnect());
  return seen;
}

describe('a real Node program with the default metrics of its client library', () => {
  it('its runs and pauses are those that perf_hooks saw', async () => {
    const registry = new Registry();
    const seen = observed();
    collectDefaultMetrics({ register: registry });
    const url = await target(async (_, response) => {
      response.end(await registry.metrics());
    });
    const pool = {
      name: 'node',
      size: { from: 'auto' },
      latency: null,
      scrape: { url: String(url), intervalSeconds: 0.05 },
    };
    const log = { info() {}, warn: (line: string) => assert.fail(line) };
    const scrapes = new Scrapes({ pools: [pool as PoolConfig], log, windowNs: 1e9 });
    defer(() => scrapes.close());
    await until(() => scrapes.gc('node') !== null);
    const before = { ...scrapes.gc('node')!, ...seen };
    setFlagsFromString('--expose-gc');
    const collect: () => void = runInNewContext('gc');
    for (let i = 0; i < 20; i++) {
      collect();
      await sleep(5); // of runs that are told at once the library counts the first
    }
    await until(() => scrapes.gc('node')!.gcCycles! - before.gcCycles! >= 20);
    await sleep(150);
    const after = { ...scrapes.gc('node')!, ...seen };
    const [runs, seconds] = [after.runs - before.runs, after.seconds - before.seconds];
    assert.ok(
      Math.abs(after.gcCycles! - before.gcCycles! - runs) <= 2,
      `${after.gcCycles! - before.gcCycles!} of ${runs}`,
    );
    const pauses = after.gcPauseSeconds! - before.gcPauseSeconds!;
    assert.ok(Math.abs(pauses - seconds) <= 0.1 * seconds, `${pauses} s of ${seconds} s`);
    assert.ok(after.heapBytes! > 1e6 && after.heapBytes! < 4e9, `${after.heapBytes}`);
    assert.equal(after.gcAssistSeconds, null);
  });
});
