import assert from 'node:assert/strict';
import { availableParallelism } from 'node:os';
import fc from 'fast-check';
import { cpuPlace, parseCpuList, possibleCpus } from '../../../src/kernel/cpus.ts';

/** As the kernel prints a mask with %*pbl. */
function cpuList(cpus: readonly number[]): string {
  const runs: [number, number][] = [];
  for (const cpu of cpus) {
    const run = runs.at(-1);
    if (run && run[1] === cpu - 1) run[1] = cpu;
    else runs.push([cpu, cpu]);
  }
  return runs.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join(',');
}

describe('a list of CPUs', () => {
  const cases: [string, number[]][] = [
    ['0', [0]],
    ['0-3\n', [0, 1, 2, 3]],
    ['0-1,4,6-7', [0, 1, 4, 6, 7]],
    ['\n', []],
  ];
  for (const [text, cpus] of cases) it(JSON.stringify(text), () => assert.deepEqual(parseCpuList(text), cpus));

  it('any set, as the kernel prints it', () => {
    const sets = fc.uniqueArray(fc.nat(1023)).map((cpus) => cpus.sort((a, b) => a - b));
    fc.assert(fc.property(sets, (cpus) => assert.deepEqual(parseCpuList(cpuList(cpus)), cpus)));
  });
});

describe('the CPUs of this machine', () => {
  it('at least those that we may use are possible', () => assert.ok(possibleCpus() >= availableParallelism()));

  it('a CPU that does not exist shares its core with none', () => {
    assert.deepEqual(cpuPlace(99_999), { core: 99_999, llc: 0, node: 0 });
  });
});
