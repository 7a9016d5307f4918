import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, statSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ROOT, type Stage, type Step, stages } from '../lib/deploy.ts';
import { Daemon, folder } from './daemon.ts';
import { command } from './verb.ts';

/** What the stage `modules` makes: the packages that npm ci --omit=dev installs, as links to those of this checkout. */
async function modules(at: string): Promise<void> {
  const { out, code, err } = await command(['npm', '--prefix', ROOT, 'ls', '--omit=dev', '--all', '--parseable']);
  assert.equal(code, 0, err);
  const inner = out.split('\n').filter((path) => path.split('/node_modules/').length === 2);
  assert.ok(inner.length > 10, out);
  for (const path of inner) {
    const to = join(at, path.slice(ROOT.length));
    mkdirSync(dirname(to), { recursive: true });
    symlinkSync(path, to);
  }
}

/** COPY: a folder's content goes into the target, a file under its own name where the target ends with a slash. */
function copy(sources: readonly string[], target: string, at: string, from: string): void {
  for (const source of sources) {
    const path = source.startsWith('/') ? `${from}${source.replace('/opt/pooldrift', '')}` : join(from, source);
    const to = join(at, target);
    const file = statSync(path).isDirectory() ? to : join(to, source.split('/').at(-1)!);
    cpSync(path, file, { recursive: true, verbatimSymlinks: true });
  }
}

/** The instructions of a stage done in a folder instead of an image; those with a network are left out. */
async function make(stage: Stage, made: ReadonlyMap<string, string>): Promise<string> {
  const at = folder();
  for (const step of stage.steps) {
    if (step.name === 'COPY') copy(step.words.slice(0, -1), step.words.at(-1)!, at, made.get(step.flags.from ?? '')!);
    if (step.name === 'RUN' && step.flags.network === 'none') await run(step, at);
  }
  return at;
}

async function run({ text }: Step, at: string): Promise<void> {
  const { code, out, err } = await command(['unshare', '--net', 'sh', '-ec', `cd ${at}; ${text}`]);
  assert.equal(code, 0, `${text}\n${out}${err}`);
}

describe('what the Dockerfile copies and runs', function () {
  this.timeout(120_000);

  it('is enough to build and to run, without a network and without the packages of tests', async () => {
    const made = new Map([
      ['', ROOT],
      ['modules', folder()],
    ]);
    await modules(made.get('modules')!);
    const [build, last] = [stages().find(({ name }) => name === 'build')!, stages().at(-1)!];
    made.set('build', await make(build, made));
    const image = await make(last, made);
    assert.ok(!existsSync(join(image, 'test')) && !existsSync(join(image, 'scripts')));
    const wrap = ['sh', '-c', `shift; exec ${image}/bin/pooldrift "$@"`, 'sh'];
    const daemon = await Daemon.start({ config: 'discover: false', wrap });
    for (const path of ['/', '/metrics', '/api/v1/pools', '/api/v1/alerts'])
      assert.equal((await fetch(`${daemon.url}${path}`)).status, 200, path);
    assert.equal(await daemon.stop(), 0);
    for (const verb of [['rules'], ['dashboards', `--out=${folder()}`]]) {
      const { code, err } = await command([`${image}/bin/pooldrift`, ...verb]);
      assert.equal(code, 0, `${verb}: ${err}`);
    }
  });
});
