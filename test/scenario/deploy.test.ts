import assert from 'node:assert/strict';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { BUILTIN_FILES } from '../../src/rules/builtin.ts';
import { has } from '../lib/build.ts';
import { deployed, ROOT } from '../lib/deploy.ts';
import { skip } from '../lib/skip.ts';
import { folder } from './daemon.ts';
import { command, pooldrift } from './verb.ts';

/** Of systemd-analyze security, 0 to 10; what it counts against the unit is in docs/deploy.md. */
const EXPOSURE_MAX = { unit: 2.2, overhead: 2.6 };

const missing = (...programs: string[]) => {
  const lacking = programs.filter((program) => !has(program));
  return lacking.length === 0 ? null : `not installed: ${lacking.join(', ')}`;
};

/** A root with the unit in /etc, its drop-ins, and the project where the unit looks for it. */
function installed(...dropIns: string[]): string {
  const root = folder();
  const units = join(root, 'etc/systemd/system');
  mkdirSync(join(units, 'pooldrift.service.d'), { recursive: true });
  cpSync(join(ROOT, 'deploy/systemd/pooldrift.service'), join(units, 'pooldrift.service'));
  for (const name of dropIns) cpSync(join(ROOT, 'deploy/systemd', name), join(units, 'pooldrift.service.d', name));
  cpSync(join(ROOT, 'bin'), join(root, 'opt/pooldrift/bin'), { recursive: true });
  mkdirSync(join(root, 'bin'));
  cpSync('/bin/kill', join(root, 'bin/kill'));
  cpSync('/lib/systemd/system', join(root, 'lib/systemd/system'), { recursive: true });
  return root;
}

describe('deploy/ in front of the programs it is for', function () {
  this.timeout(60_000);

  it('systemd-analyze verify has nothing to say of the unit', async function () {
    skip(this, missing('systemd-analyze'));
    const verify = ['systemd-analyze', 'verify', '--recursive-errors=no', `--root=${installed('overhead.conf')}`];
    const { code, out, err } = await command([...verify, 'pooldrift.service']);
    assert.equal(`${out}${err}`, '');
    assert.equal(code, 0);
  });

  for (const [what, dropIns] of [
    ['unit', []],
    ['overhead', ['overhead.conf']],
  ] as const) {
    it(`systemd-analyze security: ${what}, at most ${EXPOSURE_MAX[what]}`, async function () {
      skip(this, missing('systemd-analyze'));
      const root = installed(...dropIns);
      const security = ['systemd-analyze', 'security', '--offline=true', '--no-pager', `--root=${root}`];
      const { code, out, err } = await command([
        ...security,
        `--threshold=${EXPOSURE_MAX[what] * 10}`,
        'pooldrift.service',
      ]);
      const found = Number(/Overall exposure level for pooldrift\.service: ([\d.]+)/.exec(out)?.[1]);
      assert.ok(found <= EXPOSURE_MAX[what], `${found}\n${err}`);
      assert.equal(code, 0);
      const sysAdmin = /^(.) CapabilityBoundingSet=~CAP_SYS_ADMIN /m.exec(out)![1];
      assert.equal(sysAdmin, dropIns.length > 0 ? '✗' : '✓', 'the drop-in is read');
    });
  }

  it('promtool check config: with the rule file that pooldrift prints', async function () {
    skip(this, missing('promtool'));
    const at = folder();
    for (const name of ['prometheus.yml', 'pooldrift.targets.yml'])
      writeFileSync(join(at, name), deployed(`prometheus/${name}`));
    const { rule_files } = parse(deployed('prometheus/prometheus.yml')) as { rule_files: string[] };
    writeFileSync(join(at, rule_files[0]!), (await pooldrift(['rules'])).out);
    const { code, out, err } = await command(['promtool', 'check', 'config', join(at, 'prometheus.yml')]);
    assert.equal(code, 0, `${out}${err}`);
    assert.match(out, /1 rule files found/);
    const rules = BUILTIN_FILES.flatMap(
      (path) => (parse(deployed(`../${path}`)) as { groups: { rules: unknown[] }[] }).groups,
    ).reduce((sum, group) => sum + group.rules.length, 0);
    assert.match(out, new RegExp(`SUCCESS: ${rules} rules found`));
  });

  for (const [file, meta] of [
    ['prometheus.yml', {}],
    [
      'kubernetes.yml',
      {
        __meta_kubernetes_pod_label_app_kubernetes_io_name: 'pooldrift',
        __meta_kubernetes_pod_container_port_name: 'metrics',
        __meta_kubernetes_pod_node_name: 'node-17',
      },
    ],
  ] as const) {
    it(`${file}: a target is the instance node-17 of the job pooldrift`, async function () {
      skip(this, missing('promtool'));
      const config = parse(deployed(`prometheus/${file}`)) as { scrape_configs: Record<string, unknown>[] };
      const [{ file_sd_configs, kubernetes_sd_configs, ...job }] = config.scrape_configs as [Record<string, unknown>];
      assert.ok(file_sd_configs ?? kubernetes_sd_configs);
      // Debian's promtool knows no Kubernetes: the labels are given as its discovery would.
      const targets = { targets: ['node-17:10435'], labels: meta };
      const at = join(folder(), 'prometheus.yml');
      writeFileSync(at, JSON.stringify({ scrape_configs: [{ ...job, static_configs: [targets] }] }));
      const check = ['promtool', 'check', 'service-discovery', '--timeout=2s', at, String(job.job_name)];
      const { out, err } = await command(check);
      const [target] = JSON.parse(out.slice(out.indexOf('['))) as [{ labels: Record<string, string> }];
      assert.deepEqual([target?.labels.instance, target?.labels.job], ['node-17', 'pooldrift'], `${out}${err}`);
    });
  }

  it('amtool check-config: and a drift goes to the team, a lost pool to the pager', async function () {
    skip(this, missing('amtool'));
    const file = join(ROOT, 'deploy/prometheus/alertmanager.yml');
    const { code, out, err } = await command(['amtool', 'check-config', file]);
    assert.equal(code, 0, `${out}${err}`);
    for (const [severity, receiver] of [
      ['warning', 'team'],
      ['critical', 'pager'],
      ['info', 'nobody'],
    ]) {
      const routed = await command([
        'amtool',
        'config',
        'routes',
        'test',
        `--config.file=${file}`,
        `severity=${severity}`,
      ]);
      assert.equal(routed.out.trim(), receiver);
    }
  });

  it('alertmanager.yml names alerts and causes that there are', () => {
    const { inhibit_rules } = parse(deployed('prometheus/alertmanager.yml')) as {
      inhibit_rules: { source_matchers: string[]; target_matchers: string[] }[];
    };
    const rules = BUILTIN_FILES.map((path) => deployed(`../${path}`)).join('\n');
    for (const matcher of inhibit_rules.flatMap((rule) => [...rule.source_matchers, ...rule.target_matchers])) {
      const [, label, name] = /^(\w+)="([^"]+)"$/.exec(matcher)!;
      if (label === 'alertname') assert.match(rules, new RegExp(`alert: ${name}$`, 'm'));
    }
  });
});
