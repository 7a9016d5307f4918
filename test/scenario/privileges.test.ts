import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { Daemon } from './daemon.ts';
import { pooldrift } from './verb.ts';

/** include/uapi/linux/capability.h */
const KEPT = { DAC_READ_SEARCH: 2, NET_BIND_SERVICE: 10, SYS_PTRACE: 19, SYS_ADMIN: 21, PERFMON: 38, BPF: 39 };

describe('privileges of the running daemon', function () {
  this.timeout(60_000);

  it('no thread has a capability that running does not need, nor can it get one back', async () => {
    const { pid } = await Daemon.start({ config: 'discover: false' });
    const kept = Object.values(KEPT).reduce((mask, bit) => mask | (1n << BigInt(bit)), 0n);
    const threads = readdirSync(`/proc/${pid}/task`);
    assert.ok(threads.length > 1, 'Node has several');
    for (const tid of threads) {
      const status = readFileSync(`/proc/${pid}/task/${tid}/status`, 'utf8');
      for (const set of ['CapEff', 'CapPrm', 'CapBnd', 'CapInh', 'CapAmb']) {
        const held = BigInt(`0x${new RegExp(`^${set}:\\s*(\\w+)`, 'm').exec(status)![1]}`);
        assert.equal(held & ~kept, 0n, `${set} of thread ${tid}: ${held.toString(16)}`);
      }
    }
  });

  it('an ordinary user with CAP_BPF and CAP_PERFMON only can run it', async () => {
    const caps = '-all,+bpf,+perfmon';
    const user = ['--reuid=65534', '--regid=65534', '--clear-groups'];
    const wrap = ['setpriv', ...user, `--inh-caps=${caps}`, `--ambient-caps=${caps}`];
    const daemon = await Daemon.start({ wrap, flags: ['--config.file=/dev/null'] });
    assert.ok(Array.isArray((await daemon.status()).pools));
    for (const name of ['CAP_SYS_PTRACE', 'CAP_DAC_READ_SEARCH', 'CAP_SYS_ADMIN'])
      assert.match(daemon.log, new RegExp(`level=warn .*${name} is missing; lost: `));
    assert.equal(await daemon.stop(), 0);
  });

  it('doctor names what is lost without each', async () => {
    const all = JSON.parse((await pooldrift(['doctor', '--json'])).out);
    const { code, out } = await pooldrift(['doctor'], ['setpriv', '--bounding-set=-sys_ptrace,-sys_admin']);
    assert.equal(code, 0, 'it can run all the same');
    assert.ok(all.findings.every(({ ok }: { ok: boolean }) => ok));
    for (const name of ['CAP_SYS_PTRACE', 'CAP_SYS_ADMIN'])
      assert.match(out, new RegExp(`^missing +${name} .*\n +lost: .*\n +remedy: `, 'm'));
    assert.match(out, /^ok +CAP_DAC_READ_SEARCH +held$/m);
  });
});
