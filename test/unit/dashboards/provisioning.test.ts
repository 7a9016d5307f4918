import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

const ROOT = join(import.meta.dirname, '../../..');
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
const provisioned = (path: string) => parse(read(`deploy/grafana/provisioning/${path}`), { strict: true });

describe('provisioning of Grafana', () => {
  it('looks for the dashboards where the document has them written, and lets nobody change what is generated', () => {
    const { apiVersion, providers } = provisioned('dashboards/pooldrift.yaml');
    const [{ type, allowUiUpdates, options }] = providers;
    assert.deepEqual([apiVersion, providers.length, type, allowUiUpdates], [1, 1, 'file', false]);
    assert.ok(read('docs/dashboards.md').includes(`pooldrift dashboards --out=${options.path}\n`), options.path);
  });

  it('knows the scrape interval, without which short ranges have no rates', () => {
    const { apiVersion, datasources } = provisioned('datasources/pooldrift.yaml');
    const [{ type, access, jsonData }] = datasources;
    assert.deepEqual([apiVersion, datasources.length, type, access], [1, 1, 'prometheus', 'proxy']);
    assert.match(jsonData.timeInterval, /^\d+s$/);
  });
});
