import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv, type SchemaObject } from 'ajv';
import type { ServiceAccount } from 'kubernetes-types/core/v1.js';
import type { NetworkPolicy } from 'kubernetes-types/networking/v1.js';
import { createGenerator } from 'ts-json-schema-generator';
import { runFlags } from '../../../src/cli/run_flags.ts';
import { version } from '../../../src/metrics/build.ts';
import { loadConfigAndRules } from '../../../src/rules/load/files.ts';
import { daemonSet, manifests, ROOT, unitCapabilities } from '../../lib/deploy.ts';

type Manifest = { apiVersion: string; kind: string; metadata: { name: string; namespace?: string } };

/** Schemas of all kinds, from the types that are made from Kubernetes's own API description; no key beyond them. */
const generator = createGenerator({
  path: join(ROOT, 'node_modules/kubernetes-types/{apps,core,networking}/v1.d.ts'),
  additionalProperties: false,
  skipTypeCheck: true,
});

function faults(manifest: Manifest): string[] {
  const ajv = new Ajv({ strict: false, allErrors: true, formats: { 'date-time': true } });
  const valid = ajv.compile(generator.createSchema(manifest.kind) as SchemaObject);
  if (valid(manifest)) return [];
  return valid.errors!.map(
    ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
  );
}

const FILES = ['namespace.yaml', 'serviceaccount.yaml', 'networkpolicy.yaml', 'daemonset.yaml'];
const { set, pod, container } = daemonSet();

describe('deploy/kubernetes', function () {
  this.timeout(60_000);

  for (const file of FILES) {
    it(`${file} is what the API has`, () => {
      for (const manifest of manifests(file) as Manifest[]) {
        assert.deepEqual(faults(manifest), []);
        if (manifest.kind !== 'Namespace') assert.equal(manifest.metadata.namespace, 'pooldrift');
      }
    });
  }

  it('a misspelled key and a value of another type are seen', () => {
    const text = JSON.stringify(set)
      .replace('"hostPID"', '"hostPid"')
      .replace('"periodSeconds":2', '"periodSeconds":"2s"');
    const found = faults(JSON.parse(text)).join('\n');
    assert.match(found, /\/spec\/template\/spec .*"hostPid"/);
    assert.match(found, /\/spec\/template\/spec\/containers\/0\/startupProbe\/periodSeconds must be number/);
  });

  it('the kustomization has every file, and no other', () => {
    const [{ resources, configMapGenerator }] = manifests('kustomization.yaml') as [
      { resources: string[]; configMapGenerator: { name: string; files: string[] }[] },
    ];
    const all = [...resources, ...configMapGenerator.flatMap(({ files }) => files), 'kustomization.yaml'];
    assert.deepEqual(all.toSorted(), readdirSync(join(ROOT, 'deploy/kubernetes')).toSorted());
    assert.equal(configMapGenerator[0]!.name, pod.volumes!.find(({ configMap }) => configMap)!.configMap!.name);
  });

  it('the configuration is right', () => {
    assert.deepEqual(loadConfigAndRules(join(ROOT, 'deploy/kubernetes/pooldrift.yaml')).faults, []);
  });

  it('the command line is one, and is where the probes and the policy look', () => {
    const { args, ports, volumeMounts, startupProbe, readinessProbe, livenessProbe } = container;
    assert.equal(args![0], 'run');
    const flags = runFlags(args!.slice(1));
    assert.equal(ports![0]!.containerPort, flags.listen.port);
    const [policy] = manifests('networkpolicy.yaml') as [NetworkPolicy];
    assert.equal(policy.spec!.ingress![0]!.ports![0]!.port, flags.listen.port);
    assert.deepEqual(policy.spec!.podSelector.matchLabels, set.spec!.selector.matchLabels);
    assert.deepEqual(set.spec!.template.metadata!.labels, set.spec!.selector.matchLabels);
    const paths = [startupProbe, readinessProbe, livenessProbe].map((probe) => probe!.httpGet);
    assert.deepEqual(
      paths.map((get) => `${get!.port} ${get!.path}`),
      ['metrics /-/ready', 'metrics /-/ready', 'metrics /-/healthy'],
    );
    const mounts = volumeMounts!.map(({ mountPath }) => mountPath);
    for (const needed of [join(flags.configFile!, '..'), flags.stateDir, '/var/cache/pooldrift', '/sys/fs/cgroup'])
      assert.ok(mounts.includes(needed), needed);
  });

  it('has the capabilities of the systemd unit, the image of this version, and no token', () => {
    const { add, drop } = container.securityContext!.capabilities!;
    assert.deepEqual(drop, ['ALL']);
    const added = add!.map((name) => name.toLowerCase());
    assert.deepEqual(added, unitCapabilities('systemd/pooldrift.service'));
    assert.equal(container.image, `pooldrift:${version()}`);
    const [account] = manifests('serviceaccount.yaml') as [ServiceAccount];
    assert.deepEqual([account.automountServiceAccountToken, pod.automountServiceAccountToken], [false, false]);
  });
});
