import assert from 'node:assert/strict';
import { formatFault } from '../../../src/config/config.ts';
import { parseConfig } from '../../../src/config/parse.ts';

function faults(text: string): string[] {
  return parseConfig(text, 'c.yaml', 'host').faults.map(formatFault);
}

function pool(line: string): string {
  return `pools:\n  - name: a\n    match: { pid: 1 }\n    ${line}\n`;
}

function match(conditions: string): string {
  return `pools: [ { name: a, match: { ${conditions} } } ]`;
}

function am(entry: string): string {
  return `alerting: { alertmanagers: [${entry}] }`;
}

describe('faults of a configuration', () => {
  const cases: [string, string, string][] = [
    ['unknown key', 'intervall: 5s', `1:1: unknown key "intervall", did you mean 'interval'?`],
    [
      'unknown key far from any',
      match('foo: 1, pid: 1'),
      '1:30: unknown key "foo", known here: listen, exe, comm, cmdline, cgroup, unit, pid, user',
    ],
    ['duplicate key', 'interval: 5s\ninterval: 6s', '2:1: Map keys must be unique'],
    [
      'YAML syntax',
      'pools: [',
      '1:9: Flow sequence in block collection must be sufficiently indented and end with a ]',
    ],
    ['tab', '\tinterval: 5s', '1:1: Tabs are not allowed as indentation'],
    [
      'two documents',
      'interval: 5s\n---\ninterval: 6s',
      '2:1: Source contains multiple documents; please use YAML.parseAllDocuments()',
    ],
    ['unknown tag', 'instance: !!js x', '1:11: Unresolved tag: tag:yaml.org,2002:js'],
    ['unresolved alias', 'instance: *x', '1:1: Unresolved alias (the anchor must be set before the alias): x'],
    ['not a mapping', '- a', '1:1: expected a mapping, got a list'],
    ['section of the wrong type', 'limits: 5', '1:9: limits: expected a mapping, got 5'],
    ['list of the wrong type', 'pools: x', '1:8: pools: expected a list, got "x"'],
    ['duration without a unit', 'interval: 5', '1:11: interval: expected a duration from 1s to 5m, such as 5s, got 5'],
    ['bad duration', 'interval: 5x', '1:11: interval: expected a duration from 1s to 5m, such as 5s, got "5x"'],
    [
      'duration out of range',
      'interval: 10m',
      '1:11: interval: expected a duration from 1s to 5m, such as 5s, got "10m"',
    ],
    [
      'bad size',
      'limits: { memory: 64MB }',
      '1:19: memory: expected a size of 1MiB or more, such as 64MiB, got "64MB"',
    ],
    [
      'more pools than a kernel index holds',
      'limits: { pools: 256 }',
      '1:18: pools: expected a whole number from 1 to 255, got 256',
    ],
    ['on/off', 'probes: { tcp: yes }', '1:16: tcp: expected on or off, got "yes"'],
    ['one of', 'probes: { ring: bfp }', '1:17: ring: expected one of bpf, perf, got "bfp"'],
    ['port out of range', match('listen: 65536'), '1:38: listen: expected a port from 1 to 65535, got 65536'],
    ['port as text', match('listen: http'), '1:38: listen: expected a port from 1 to 65535, got "http"'],
    ['bad regular expression', match('cmdline: "/(/"'), '1:39: cmdline: error parsing regexp: missing closing ): `(`'],
    [
      'regular expression RE2 refuses',
      match('cmdline: /(?<=a)b/'),
      '1:39: cmdline: error parsing regexp: invalid named capture: `(?<=a)b`',
    ],
    [
      'a command name the kernel cuts',
      match('comm: checkout-service'),
      '1:36: comm: the kernel keeps 15 bytes of a command name: "checkout-servic"',
    ],
    ['relative path', match('exe: bin/x'), '1:35: exe: expected an absolute path or a glob, got "bin/x"'],
    ['user of the wrong type', match('user: [ a ]'), '1:36: user: expected a user name or uid'],
    [
      'no condition',
      'pools: [ { name: a, match: {} } ]',
      '1:28: match: expected at least one of listen, exe, comm, cmdline, cgroup, unit, pid, user',
    ],
    ['no match', 'pools: [ { name: a } ]', '1:10: match: expected a mapping, got nothing'],
    ['no name', 'pools: [ { match: { pid: 1 } } ]', '1:10: name: expected text, got nothing'],
    [
      'two pools of one name',
      'pools:\n  - { name: a, match: { pid: 1 } }\n  - { name: a, match: { pid: 2 } }',
      '3:13: name: two pools are called "a"',
    ],
    [
      'two ways to a size',
      pool('size: { fixed: 3, from: go }'),
      '4:11: size: expected exactly one of from, fixed, metric',
    ],
    [
      'unknown way to a size',
      pool('size: { from: java }'),
      '4:19: from: expected one of auto, go, nginx, node, threads, cgroup, got "java"',
    ],
    ['workers without comm', pool('workers: {}'), '4:14: comm: expected text or /regex/, got nothing'],
    [
      'bad port in a list',
      pool('latency: { listen: [ 80, 0 ] }'),
      '4:30: listen: expected a port from 1 to 65535, got 0',
    ],
    [
      'URL of another scheme',
      pool('scrape: { url: "file:///etc" }'),
      '4:20: url: expected an http:// or https:// URL, got "file:///etc"',
    ],
    ['a metric of no scrape', pool('latency: { metric: m }'), '4:24: metric: expected scrape: { url } beside it'],
    [
      'bad label name',
      'alerting: { external_labels: { a-b: x } }',
      '1:32: expected a label name: letters, digits and _',
    ],
    ['an Alertmanager that is no URL', am('tcp://a'), '1:29: url: expected an http:// or https:// URL, got "tcp://a"'],
    ['an Alertmanager that is a list', am('[]'), '1:29: alertmanagers: expected a mapping, got a list'],
    [
      'an unknown key of an Alertmanager',
      am('{ url: http://a, timeuot: 5s }'),
      `1:46: unknown key "timeuot", did you mean 'timeout'?`,
    ],
    ['two Alertmanagers of one URL', am('http://a, "http://u:p@a/"'), '1:39: url: two entries are http://a'],
    [
      'two ways to sign in',
      am('{ url: http://a, bearer_token_file: t, basic_auth: { username: u, password_file: p } }'),
      '1:80: basic_auth: expected one way to sign in, got two',
    ],
    [
      'a way to sign in beside that of the URL',
      am('{ url: "http://u:p@a", bearer_token_file: t }'),
      '1:71: bearer_token_file: expected one way to sign in, got two',
    ],
    ['TLS without TLS', am('{ url: http://a, tls: { ca_file: c } }'), '1:51: tls: expected an https:// URL beside it'],
    [
      'a certificate without a key',
      am('{ url: https://a, tls: { cert_file: c } }'),
      '1:65: cert_file: expected key_file beside it',
    ],
    [
      'basic_auth without a password',
      am('{ url: http://a, basic_auth: { username: u } }'),
      '1:58: password_file: expected text, got nothing',
    ],
    ['control characters in a name', 'instance: "a\\nb"', '1:11: instance: expected text, got "a\\nb"'],
  ];
  for (const [what, text, expected] of cases) it(what, () => assert.deepEqual(faults(text), [`c.yaml:${expected}`]));

  it('all are listed, in the order of the file', () => {
    const text =
      'interval: 5x\nfoo: 1\npools:\n  - name: a\n    match: { listen: 0, exe: x }\n  - name: a\n    match: { pid: 1 }\nprobes: { tcp: 3 }\n';
    assert.deepEqual(
      faults(text).map((fault) => fault.split(' ')[0]),
      ['c.yaml:1:11:', 'c.yaml:2:1:', 'c.yaml:5:22:', 'c.yaml:5:30:', 'c.yaml:6:11:', 'c.yaml:8:16:'],
    );
  });
});

describe('a configuration', () => {
  it('is all defaults where the file is empty, or only has empty sections', () => {
    const expected = {
      intervalSeconds: 5,
      instance: 'host',
      discover: true,
      pools: [],
      drift: { windowSeconds: 10, baselineSeconds: 3600, ratioMin: 1.2, falseAlarmsPerPoolYear: 1 },
      ruleFiles: [],
      builtinRules: true,
      alerting: { alertmanagers: [], resendDelaySeconds: 60, externalLabels: {}, runbooks: null },
      limits: { pools: 64, workers: 8192, thieves: 10, memoryBytes: 67_108_864, overheadRatio: 0.02 },
      probes: { sched: true, tcp: true, request: true, ring: 'bpf' },
    };
    for (const text of ['', '# nothing\n', 'pools:\nlimits:\nalerting: { external_labels: }\n'])
      assert.deepEqual(parseConfig(text, 'c.yaml', 'host').config, expected);
  });

  it('has every key of the documented example, with units in the names', () => {
    const text = `
interval: 1m30s
instance: node-17
discover: off
pools:
  - name: checkout
    match: { listen: 8080, exe: /usr/local/bin/*, comm: checkout, cmdline: /--role=worker/, cgroup: /a/**, unit: checkout, pid: 4242, user: app }
    workers: { comm: "/^worker/" }
    size: { metric: go_sched_gomaxprocs_threads }
    latency: { listen: [8080] }
    scrape: { url: "http://127.0.0.1:8080/metrics", interval: 500ms }
`.replace('500ms', '15s');
    const config = parseConfig(text, 'c.yaml', 'host').config!;
    const [pool] = config.pools;
    assert.deepEqual([config.intervalSeconds, config.instance, config.discover], [90, 'node-17', false]);
    assert.equal(pool!.match.unit, 'checkout.service');
    assert.deepEqual([pool!.match.listen, pool!.match.pid, pool!.match.user], [8080, 4242, 'app']);
    assert.ok(pool!.match.exe!.test('/usr/local/bin/checkout') && !pool!.match.exe!.test('/usr/local/bin/a/b'));
    assert.ok(pool!.workers!.test('worker-1') && !pool!.workers!.test('a worker'));
    assert.deepEqual(pool!.size, { metric: 'go_sched_gomaxprocs_threads' });
    assert.deepEqual(pool!.latency, { listen: [8080] });
    assert.deepEqual(pool!.scrape, { url: 'http://127.0.0.1:8080/metrics', intervalSeconds: 15 });
  });

  it('has an Alertmanager by its URL, or with all that it needs; files lie beside the configuration', () => {
    const text = `
alerting:
  alertmanagers:
    - http://127.0.0.1:9093
    - url: https://alerts.example/team
      timeout: 3s
      basic_auth: { username: ops, password_file: /run/secrets/password }
      tls: { ca_file: tls/ca.pem, cert_file: c.pem, key_file: k.pem, server_name: am, insecure_skip_verify: on }
`;
    const { alertmanagers } = parseConfig(text, '/etc/pooldrift/c.yaml', 'host').config!.alerting;
    assert.deepEqual(alertmanagers, [
      { url: 'http://127.0.0.1:9093', timeoutSeconds: 10, basicAuth: null, bearerTokenFile: null, tls: null },
      {
        url: 'https://alerts.example/team',
        timeoutSeconds: 3,
        basicAuth: { username: 'ops', passwordFile: '/run/secrets/password' },
        bearerTokenFile: null,
        tls: {
          caFile: '/etc/pooldrift/tls/ca.pem',
          certFile: '/etc/pooldrift/c.pem',
          keyFile: '/etc/pooldrift/k.pem',
          serverName: 'am',
          insecureSkipVerify: true,
        },
      },
    ]);
  });
});
