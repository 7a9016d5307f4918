import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isMap, isScalar, parseDocument, Scalar, stringify } from 'yaml';
import { loadRules } from '../../../src/rules/load/load.ts';
import { offsetIn } from '../../../src/rules/load/place.ts';

function rule(...lines: string[]): string {
  return ['groups:', '- name: g', '  rules:', '  - alert: A', ...lines.map((line) => `    ${line}`), ''].join('\n');
}

/** Each with where its faults are, and what the first says. */
const FAULTS: Record<string, [yaml: string, at: string[], says: RegExp]> = {
  'broken YAML': ['groups: [\n', ['2:1'], /./],
  'an unknown key at the top': ['group: []\n', ['1:1'], /unknown key "group", did you mean 'groups'\?/],
  'an unknown key of a group': ['groups:\n- name: g\n  intervall: 5s\n', ['3:3'], /did you mean 'interval'\?/],
  'an unknown key of a rule': [rule('expr: up', 'forr: 5m'), ['6:5'], /unknown key "forr", did you mean 'for'\?/],
  'a group without a name': ['groups:\n- rules: []\n', ['2:3'], /a group needs a name/],
  'two groups of one name': ['groups:\n- name: g\n- name: g\n', ['3:9'], /two groups are called "g"/],
  'rules that are no list': ['groups:\n- name: g\n  rules: 5\n', ['3:10'], /rules: expected a list/],
  'an interval of 0': ['groups:\n- name: g\n  interval: 0s\n', ['3:13'], /longer than 0/],
  'a wrong duration': [
    rule('expr: up', 'for: 5 minutes'),
    ['6:10'],
    /for: expected a duration such as 5m, got "5 minutes"/,
  ],
  'a wrong limit': ['groups:\n- name: g\n  limit: few\n', ['3:10'], /limit: expected a whole number, got "few"/],
  'no expression': [rule('for: 5m'), ['4:5'], /a rule needs expr/],
  'alert and record': [rule('record: a', 'expr: up'), ['5:13'], /either alert or record, not both/],
  'a record with for': [
    'groups:\n- name: g\n  rules:\n  - record: a\n    expr: up\n    for: 1m\n',
    ['6:5'],
    /for belongs to an alert/,
  ],
  'a record with a bad name': [
    'groups:\n- name: g\n  rules:\n  - record: a-b\n    expr: up\n',
    ['4:13'],
    /"a-b" is no metric name/,
  ],
  'a label with a bad name': [rule('expr: up', 'labels:', '  a-b: c'), ['7:7'], /"a-b" is no name of a label/],
  'the label __name__': [rule('expr: up', 'labels: { __name__: c }'), ['6:15'], /no name of a label/],
  'a string as an expression': [
    rule('expr: \'"a"\''),
    ['5:11'],
    /expected a number or an instant vector, got a string/,
  ],
  'a plain expression': [rule('expr: up + foo(x)'), ['5:16'], /expr: unknown function foo/],
  'a quoted expression': [rule('expr: "a{b=\\"c\\"} + foo(x)"'), ['5:25'], /unknown function foo/],
  'a single-quoted expression': [rule("expr: 'a{b=''c''} + foo(x)'"), ['5:25'], /unknown function foo/],
  'a literal block': [rule('expr: |', '  a', '  + foo(x)'), ['7:9'], /unknown function foo/],
  'an indented literal block': [rule('expr: |2', '    a', '  + foo(x)'), ['7:9'], /unknown function foo/],
  'a folded block': [rule('expr: >-', '  a', '  + b', '', '  + foo(x)'), ['9:9'], /unknown function foo/],
  'a plain expression on two lines': [rule('expr: a', '  + foo(x)'), ['6:9'], /unknown function foo/],
  'an end that comes too early': [rule('expr: sum(', 'for: 5m'), ['5:15'], /ends too early/],
  'a template of an annotation': [
    rule('expr: up', 'annotations:', '  s: "a {{ nope }}"'),
    ['7:16'],
    /annotations: s: the function nope is outside/,
  ],
  'a template of a label': [
    rule('expr: up', 'labels:', '  s: |', '    a', '    {{ $x }}'),
    ['9:12'],
    /labels: s: \$x is outside/,
  ],
  'several faults': [rule('expr: foo(x)', 'for: x', 'labels: []'), ['5:11', '6:10', '7:13'], /unknown function/],
};

describe('a rule file', () => {
  for (const [what, [yaml, at, says]] of Object.entries(FAULTS))
    it(`${what}: each fault has its place`, () => {
      const { groups, faults } = loadRules(yaml, 'r.yaml');
      assert.deepEqual(groups, []);
      assert.deepEqual(
        faults.map(({ line, column }) => `${line}:${column}`),
        at,
        JSON.stringify(faults),
      );
      assert.match(faults[0]!.message, says);
    });

  it('is read whole', () => {
    const yaml = `groups:
- name: pool
  interval: 30s
  limit: 5
  rules:
  - record: pool:p99:ratio
    expr: a / b
    labels: { level: 3, on: true }
  - alert: Slow
    expr: |
      pool:p99:ratio
        > 2
    for: 5m
    keep_firing_for: 1m30s
    labels: { severity: warning }
    annotations: { summary: "{{ $labels.pool }}" }
- name: empty
`;
    const { groups, faults } = loadRules(yaml, 'r.yaml');
    assert.deepEqual(faults, []);
    assert.deepEqual(
      groups.map(({ name, intervalMs, limit, rules }) => [name, intervalMs, limit, rules.length]),
      [
        ['pool', 30_000, 5, 2],
        ['empty', null, 0, 0],
      ],
    );
    const [record, alert] = groups[0]!.rules;
    assert.ok(record?.kind === 'record' && alert?.kind === 'alert');
    assert.deepEqual(record.labels, [
      ['level', '3'],
      ['on', 'true'],
    ]);
    assert.deepEqual([alert.forMs, alert.keepFiringForMs, alert.line], [300_000, 90_000, 9]);
    assert.deepEqual(
      alert.annotations.map(({ name, source }) => [name, source]),
      [['summary', '{{ $labels.pool }}']],
    );
  });

  it('may use anchors', () => {
    const yaml =
      'groups:\n- name: g\n  rules:\n  - alert: A\n    expr: &e up\n    labels: &l { a: b }\n  - alert: B\n    expr: *e\n    labels: *l\n';
    const { groups, faults } = loadRules(yaml, 'r.yaml');
    assert.deepEqual(faults, []);
    assert.deepEqual(
      groups[0]!.rules.map(({ query, labels }) => [query, labels.length]),
      [
        ['up', 1],
        ['up', 1],
      ],
    );
  });

  it('nested deeper than the stack is refused', () => {
    for (const yaml of [`groups: ${'['.repeat(10_000)}`, rule(`expr: ${'('.repeat(20_000)}`)]) {
      const { groups, faults } = loadRules(yaml, 'r.yaml');
      assert.deepEqual([groups.length, faults.length > 0], [0, true]);
    }
  });

  it('without anything has no groups and no faults', () => {
    for (const text of ['', '# nothing\n', '{}', 'groups:\n', 'groups: []'])
      assert.deepEqual(loadRules(text, 'r.yaml'), { groups: [], faults: [] }, text);
  });

  it('never makes the loader fail, whatever it holds', () => {
    const words = [
      'groups:',
      '\n',
      '- ',
      '  ',
      'name: ',
      'rules:',
      'alert: ',
      'expr: ',
      'up',
      '|',
      '>',
      '&a ',
      '*a',
      '[',
      '{',
      '"',
      "'",
      ': ',
      '{{',
    ];
    const text = fc.array(fc.constantFrom(...words), { maxLength: 20 }).map((list) => list.join(''));
    fc.assert(
      fc.property(
        fc.oneof(
          text,
          text.map((each) => `groups:\n- name: g\n  rules:\n  - ${each}`),
        ),
        (yaml) => {
          for (const { line, column, message } of loadRules(yaml, 'r.yaml').faults)
            assert.ok(line > 0 && column > 0 && message);
        },
      ),
      { numRuns: 2000 },
    );
  });
});

describe('the place of a character of a scalar', () => {
  it('is where that character stands in the file, in every style', () => {
    const pieces = fc.array(
      fc.constantFrom('a', 'b(', '"c"', "'d'", '\\n', '\\', ' ', ' ', '\n', '\n  ', 'é😀', '#', ': '),
      {
        minLength: 1,
        maxLength: 30,
      },
    );
    const styles: Scalar.Type[] = [
      Scalar.PLAIN,
      Scalar.QUOTE_DOUBLE,
      Scalar.QUOTE_SINGLE,
      Scalar.BLOCK_LITERAL,
      Scalar.BLOCK_FOLDED,
    ];
    fc.assert(
      fc.property(pieces, fc.constantFrom(...styles), fc.integer({ min: 20, max: 60 }), (list, type, lineWidth) => {
        const scalar = new Scalar(list.join(''));
        scalar.type = type;
        const source = stringify({ before: 1, expr: scalar }, { lineWidth, minContentWidth: 0 });
        const { contents } = parseDocument(source);
        const node = isMap(contents) ? contents.get('expr', true) : null;
        assert.ok(isScalar(node));
        const value = String(node.value);
        for (let i = 0; i < value.length; i++) {
          const at = offsetIn(source, node, i);
          const written: string | undefined =
            source[at] === '\\' && node.type === Scalar.QUOTE_DOUBLE ? source[at + 1] : source[at];
          if (!/\s/.test(value[i]!)) assert.equal(written, value[i], `${i} of ${source}`);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
