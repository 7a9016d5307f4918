import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { validate } from 'dockerfile-utils';
import { deployed, ROOT, type Stage, type Step, stages } from '../../lib/deploy.ts';

const all = stages();
const steps = all.flatMap((stage) => stage.steps);

function runs(stage: Stage): Step[] {
  return stage.steps.filter(({ name }) => name === 'RUN');
}

/** Files of the build context that a step copies. */
function sources({ name, flags, words }: Step): string[] {
  return name === 'COPY' && flags.from === undefined ? words.slice(0, -1) : [];
}

describe('deploy/docker/Dockerfile', () => {
  it('its linter has nothing to say', () => {
    const text = deployed('docker/Dockerfile');
    assert.deepEqual(validate(text), []);
    assert.equal(validate(text.replace('WORKDIR /', 'WORKDIR '))[0]?.message, 'WORKDIR paths should be absolute');
  });

  it('bases are pinned by tag, and the Node is that of the Makefile', () => {
    const node = /^NODE_VERSION := (\S+)$/m.exec(readFileSync(join(ROOT, 'Makefile'), 'utf8'))![1];
    const names = all.map(({ name }) => name);
    const bases = all.map(({ from }) => from).filter((from) => !names.includes(from));
    assert.deepEqual(bases, [`node:${node}-bookworm-slim`]);
  });

  it('the last stage has no compiler', () => {
    const last = all.at(-1)!;
    assert.equal(last.from, 'base');
    assert.ok(all.length >= 3, 'several stages');
    const installed = [all[0]!, last].flatMap(runs).map(({ text }) => text);
    assert.doesNotMatch(installed.join('\n'), /clang|llvm|make/);
  });

  it('once a source is there, nothing is run with a network', () => {
    for (const { name, steps } of all) {
      const first = steps.findIndex((step) => sources(step).includes('src'));
      const later = first < 0 ? [] : steps.slice(first).filter((step) => step.name === 'RUN');
      assert.ok(
        later.every(({ flags }) => flags.network === 'none'),
        name ?? 'the last',
      );
    }
    assert.ok(runs(all.at(-1)!).length > 0);
  });

  it('packages: no recommended ones, and no lists are left', () => {
    const installing = steps.filter(({ text }) => text.includes('apt-get install'));
    assert.ok(installing.length > 0);
    for (const { text } of installing) {
      assert.match(text, /^apt-get update && apt-get install --yes --no-install-recommends /);
      assert.match(text, /&& rm -rf \/var\/lib\/apt\/lists\/\*$/);
    }
    assert.match(steps.find(({ text }) => text.startsWith('npm'))!.text, /^npm ci --omit=dev --ignore-scripts$/);
  });

  it('no ADD; ENTRYPOINT and CMD in the form of exec', () => {
    assert.ok(!steps.some(({ name }) => name === 'ADD'));
    const started = steps
      .filter(({ name }) => name === 'ENTRYPOINT' || name === 'CMD')
      .map(({ text }) => JSON.parse(text));
    assert.deepEqual(started, [['/opt/pooldrift/bin/pooldrift'], ['run']]);
  });

  it('what it copies is there, and the context has nothing else', () => {
    const copied = [...new Set(steps.flatMap(sources))].toSorted();
    for (const name of copied) assert.ok(existsSync(join(ROOT, name)), name);
    const lines = deployed('docker/Dockerfile.dockerignore')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'));
    assert.equal(lines[0], '*');
    assert.deepEqual(
      lines.slice(1).toSorted(),
      copied.map((name) => `!${name}`),
    );
  });
});
