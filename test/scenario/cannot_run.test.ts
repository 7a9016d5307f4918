import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { defer } from '../lib/cleanup.ts';
import { Daemon, folder } from './daemon.ts';
import { command, pooldrift } from './verb.ts';

const NOBODY = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];

function without(...capabilities: string[]): string[] {
  return ['setpriv', `--bounding-set=${capabilities.map((name) => `-${name}`).join(',')}`];
}

/** In a mount namespace of its own, where `hiding` lies over `path`. */
function hidden(path: string, hiding: string): string[] {
  return ['unshare', '-m', 'sh', '-c', `mount --bind "${hiding}" "${path}" && exec "$@"`, 'sh'];
}

async function refusal(wrap: string[], flags: string[] = []): Promise<string> {
  const daemon = await Daemon.spawn({ wrap, flags });
  assert.equal(await daemon.ends(), 1, daemon.log);
  assert.doesNotMatch(daemon.log, /\n\s+at /, 'no stack');
  return daemon.log;
}

async function libbpf(): Promise<string> {
  const { out } = await command(['ldconfig', '-p']);
  const found = /libbpf\.so\.1 .*=> (.*)$/m.exec(out);
  assert.ok(found, 'libbpf.so.1 is installed');
  return (await command(['readlink', '-f', found[1]!])).out.trim();
}

describe('where it cannot run', function () {
  this.timeout(60_000);

  it('an ordinary user is told the capability, the uid and the remedy', async () => {
    const said = await refusal(NOBODY, ['--config.file=/dev/null']);
    assert.match(said, /CAP_BPF is missing \(running as uid 65534\)/);
    assert.match(said, /sudo npm start/);
    assert.match(said, /docs\/privileges\.md/);
  });

  for (const name of ['bpf', 'perfmon']) {
    it(`root without CAP_${name.toUpperCase()} is told which one`, async () => {
      const said = await refusal(without('sys_admin', name));
      assert.match(said, new RegExp(`CAP_${name.toUpperCase()} is missing \\(running as uid 0\\)`));
      const { code, out } = await pooldrift(['doctor'], without('sys_admin', name));
      assert.equal(code, 1);
      assert.match(out, new RegExp(`^MISSING +CAP_${name.toUpperCase()} `, 'm'));
    });
  }

  it('a kernel without BTF is told in words', async () => {
    const said = await refusal(hidden('/sys/kernel/btf', folder()));
    assert.match(said, /this kernel has no BTF \(\/sys\/kernel\/btf\/vmlinux is missing\)/);
    assert.match(said, /CONFIG_DEBUG_INFO_BTF=y/);
  });

  it('a libbpf that cannot be loaded is told with the package to install', async () => {
    const broken = join(folder(), 'libbpf');
    writeFileSync(broken, 'no library');
    const wrap = hidden(await libbpf(), broken);
    assert.match(await refusal(wrap), /cannot load libbpf\.so\.1 .*\n.*apt-get install libbpf1/);
    const { code, out } = await pooldrift(['doctor'], wrap);
    assert.equal(code, 1);
    assert.match(out, /^MISSING +libbpf .*\n.*lost.*\n.*remedy: .*libbpf1/m);
  });

  it('a libbpf that is too old is told, with the version needed', async () => {
    const at = folder();
    writeFileSync(join(at, 'old.c'), 'int bpf_object__from_before_1_0(void) { return 0; }');
    const built = await command(['gcc', '-shared', '-fPIC', '-o', join(at, 'old.so'), join(at, 'old.c')]);
    assert.equal(built.code, 0, built.out);
    const said = await refusal(hidden(await libbpf(), join(at, 'old.so')));
    assert.match(said, /this libbpf\.so\.1 is too old: .*\n.*libbpf 1\.0 or newer is needed/);
  });

  it('a port that is taken is told with who has it', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    defer(() => void server.close());
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    const daemon = await Daemon.spawn({ flags: [`--web.listen-address=127.0.0.1:${port}`] });
    assert.equal(await daemon.ends(), 1);
    assert.match(daemon.log, new RegExp(`the port is taken by .*\\(pid ${process.pid}\\)`));
    assert.match(daemon.log, /--web\.listen-address/);
  });
});
