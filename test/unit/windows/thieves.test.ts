import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import fc from 'fast-check';
import type { ProcessEvent } from '../../../src/decode/event.ts';
import type { Theft } from '../../../src/decode/sample.ts';
import { ThiefNames, type ThiefReader, thiefOf } from '../../../src/windows/thief_names.ts';
import { cpuMount, ProcThiefReader } from '../../../src/windows/thief_reader.ts';
import { ThiefLedger } from '../../../src/windows/thieves.ts';

const name = (tgid: number) => `p${tgid} /`;
const by = (tgid: number, stolenNs: number): Theft => ({ thief: { kind: 'process', tgid }, stolenNs });
const sum = (totals: ReadonlyMap<string, number>) => [...totals.values()].reduce((a, b) => a + b, 0);

describe('thieves of a pool', () => {
  it('have a series each up to the cap, and keep it when others steal more', () => {
    const ledger = new ThiefLedger(2);
    ledger.update([by(1, 5e8), by(2, 3e8), by(3, 2e8)], name, 0);
    ledger.update([by(1, 5e8), by(2, 3e8), by(3, 9e8), by(4, 1e8)], name, 1e9);
    assert.deepEqual(Object.fromEntries(ledger.totals()), { 'p1 /': 5e8, 'p2 /': 3e8, other: 1e9 });
    assert.equal(ledger.dropped, 2);
  });

  it('of one name share a series', () => {
    const ledger = new ThiefLedger(2);
    ledger.update([by(1, 5e8), by(2, 3e8)], () => 'worker /batch', 0);
    assert.equal(ledger.totals().get('worker /batch'), 8e8);
  });

  it('may come in several entries', () => {
    const kernel = (stolenNs: number): Theft => ({ thief: { kind: 'kernel' }, stolenNs });
    const ledger = new ThiefLedger(2);
    ledger.update([kernel(10), by(1, 5e8), kernel(300), by(1, 1e8)], name, 0);
    ledger.update([kernel(40), by(1, 5e8), kernel(300), by(1, 2e8)], name, 1e9);
    assert.deepEqual(Object.fromEntries(ledger.totals()), { other: 0, kernel: 340, 'p1 /': 7e8 });
  });

  it('do not lose a series to noise', () => {
    const ledger = new ThiefLedger(1);
    ledger.update([by(1, 900), by(2, 100)], name, 0);
    ledger.update([by(1, 900), by(2, 5e8)], name, 1e9);
    assert.deepEqual(Object.fromEntries(ledger.totals()), { other: 1000, 'p2 /': 5e8 - 100 });
    assert.equal(ledger.dropped, 0);
  });

  it('that are silent for an hour make room; nothing jumps', () => {
    const ledger = new ThiefLedger(1);
    ledger.update([by(1, 5e8)], name, 0);
    ledger.update([by(1, 5e8), by(2, 5e8)], name, 3601e9);
    assert.deepEqual(Object.fromEntries(ledger.totals()), { other: 0, 'p2 /': 5e8 });
  });

  it('that the kernel side moved into other are not counted twice', () => {
    const ledger = new ThiefLedger(3);
    ledger.update([by(1, 5e8)], name, 0);
    ledger.update([{ thief: { kind: 'other' }, stolenNs: 5e8 }, by(2, 1e8)], name, 1e9);
    assert.deepEqual(Object.fromEntries(ledger.totals()), { other: 0, 'p1 /': 5e8, 'p2 /': 1e8 });
  });

  it('sum to the whole and never go back', () => {
    const step = fc.array(fc.tuple(fc.nat(30), fc.nat(1e9)), { maxLength: 12 });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 20 }), fc.integer({ min: 1, max: 5 }), (steps, cap) => {
        const ledger = new ThiefLedger(cap);
        const stolen = new Map<number, number>();
        let before = new Map<string, number>();
        steps.forEach((changes, second) => {
          for (const [tgid, ns] of changes) stolen.set(tgid, (stolen.get(tgid) ?? 0) + ns);
          ledger.update(
            [...stolen].map(([tgid, ns]) => by(tgid, ns)),
            name,
            second * 1e9,
          );
          const totals = ledger.totals();
          for (const [label, ns] of before) assert.ok(totals.get(label)! >= ns);
          assert.equal(sum(totals), sum(new Map([...stolen].map(([tgid, ns]) => [`${tgid}`, ns]))));
          assert.ok(totals.size <= cap + 1);
          before = totals;
        });
      }),
    );
  });
});

function event(kind: ProcessEvent['kind'], tgid: number, change: Partial<ProcessEvent> = {}): ProcessEvent {
  return { kind, tid: tgid, tgid, parentTgid: 1, cgroupId: 5, atNs: 0, comm: 'job', pool: null, ...change };
}

function fakeHost(): ThiefReader & { processes: Map<number, { comm: string; cgroup: string }> } {
  const processes = new Map<number, { comm: string; cgroup: string }>();
  const process = (tgid: number) => processes.get(tgid) ?? null;
  return { processes, process, cgroupPath: (id) => (id === 5 ? '/batch' : null) };
}

describe('names of thieves', () => {
  it('are the command and the cgroup, as long as the process is what it was', () => {
    const host = fakeHost();
    const names = new ThiefNames(host);
    host.processes.set(7, { comm: 'sh', cgroup: '/a' });
    assert.equal(names.name(7), 'sh /a');
    host.processes.set(7, { comm: 'stress-ng', cgroup: '/a' });
    names.observe(event('exec', 7));
    assert.equal(names.name(7), 'stress-ng /a');
  });

  it('are taken apart again; a slash in a command does not forge a cgroup', () => {
    assert.deepEqual(thiefOf('stress-ng /batch/report.service'), {
      comm: 'stress-ng',
      cgroup: '/batch/report.service',
    });
    assert.deepEqual(thiefOf('x /system.slice /user'), { comm: 'x /system.slice', cgroup: '/user' });
    assert.deepEqual(thiefOf('job ?'), { comm: 'job', cgroup: '?' });
    for (const label of ['self', 'kernel', 'idle', 'unknown', 'other']) assert.equal(thiefOf(label), null);
  });

  it('outlive the process', () => {
    const host = fakeHost();
    const names = new ThiefNames(host);
    names.observe(event('exit', 7));
    names.observe(event('exit', 8, { cgroupId: 6 }));
    assert.equal(names.name(7), 'job /batch');
    assert.equal(names.name(8), 'job ?');
    assert.equal(names.name(9), 'unknown');
  });

  it('are not inherited with a pid', () => {
    const host = fakeHost();
    const names = new ThiefNames(host);
    names.observe(event('exit', 7));
    names.observe(event('fork', 7));
    host.processes.set(7, { comm: 'next', cgroup: '/' });
    assert.equal(names.name(7), 'next /');
  });

  it('cannot forge a terminal escape', () => {
    const host = fakeHost();
    host.processes.set(7, { comm: '\u001b[31mroot', cgroup: '/a\nb' });
    assert.equal(new ThiefNames(host).name(7), '\\x1b[31mroot /a\\x0ab');
  });

  it('are read from the kernel for a living process, and not for one that is gone', () => {
    const reader = new ProcThiefReader();
    assert.match(new ThiefNames(reader).name(process.pid), /^\S.* \/.*$/);
    assert.equal(reader.process(0x3fffff), null);
  });

  it('are of use where Node names its main thread MainThread', () => {
    const [command] = new ThiefNames(new ProcThiefReader()).name(process.pid).split(' /');
    assert.notEqual(command, 'MainThread');
  });

  it('find the cpu hierarchy of version 1, else version 2', () => {
    const v1 = '32 31 0:29 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu,cpuacct\n';
    const v2 = '29 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n';
    assert.equal(cpuMount(v2 + v1), '/sys/fs/cgroup/cpu');
    assert.equal(cpuMount(v2), '/sys/fs/cgroup');
    assert.equal(cpuMount('21 1 0:5 / /proc rw - proc proc rw\n'), null);
  });

  it('know a cgroup by the inode of its directory', () => {
    const mount = cpuMount(readFileSync('/proc/self/mountinfo', 'utf8'));
    if (mount !== null) assert.equal(new ProcThiefReader().cgroupPath(statSync(mount).ino), '/');
    assert.equal(new ProcThiefReader().cgroupPath(-1), null);
  });
});
