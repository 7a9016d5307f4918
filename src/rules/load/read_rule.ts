import type { Node } from 'yaml';
import { type Label, NAME } from '../labels.ts';
import type { Node as Expression } from '../promql/ast.ts';
import { PromqlFault } from '../promql/fault.ts';
import { parsePromql } from '../promql/parse.ts';
import type { Field, Rule } from '../rule.ts';
import { TemplateFault } from '../template/fault.ts';
import { parseTemplate } from '../template/parse.ts';
import type { Entries, Reader } from './reader.ts';

const KEYS = ['alert', 'record', 'expr', 'for', 'keep_firing_for', 'labels', 'annotations'];
/** Of these a recording rule has none. */
const OF_ALERTS = ['for', 'keep_firing_for', 'annotations'];
const METRIC = /^[a-zA-Z_:][\w:]*$/;
const LABEL = /^[a-zA-Z_]\w*$/;

/** Null where it has faults. */
export function readRule(reader: Reader, node: Node): Rule | null {
  const entries = reader.entries(node, 'a rule', KEYS);
  if (!entries) return null;
  const before = reader.faults.length;
  const [alert, record] = ['alert', 'record'].map((key) => reader.scalar(entries.get(key)?.value, key));
  if (Boolean(alert?.value) === Boolean(record?.value))
    reader.fault(record ?? node, 'a rule has a name: either alert or record, not both');
  const query = reader.scalar(entries.get('expr')?.value, 'expr');
  const expression = readExpression(reader, node, entries);
  const common = { query: query?.value ?? '', line: reader.line(node) };
  const rule = alert?.value
    ? { kind: 'alert' as const, name: alert.value, ...common, ...readAlert(reader, entries) }
    : { kind: 'record' as const, name: record?.value ?? '', ...common, ...readRecord(reader, entries) };
  return expression && reader.faults.length === before ? { ...rule, expression } : null;
}

function readExpression(reader: Reader, node: Node, entries: Entries): Expression | null {
  const text = reader.scalar(entries.get('expr')?.value, 'expr');
  if (!text?.value.trim()) {
    reader.fault(text ?? node, 'a rule needs expr');
    return null;
  }
  try {
    const expression = parsePromql(text.value);
    if (expression.type === 'scalar' || expression.type === 'vector') return expression;
    reader.fault(text, `expr: expected a number or an instant vector, got a ${expression.type}`);
  } catch (error) {
    if (!(error instanceof PromqlFault)) throw error;
    reader.faultIn(text, error.from, `expr: ${error.message}`);
  }
  return null;
}

function readAlert(reader: Reader, entries: Entries) {
  return {
    forMs: reader.duration(entries.get('for')?.value, 'for') ?? 0,
    keepFiringForMs: reader.duration(entries.get('keep_firing_for')?.value, 'keep_firing_for') ?? 0,
    labels: readFields(reader, entries, 'labels'),
    annotations: readFields(reader, entries, 'annotations'),
  };
}

function readRecord(reader: Reader, entries: Entries): { labels: Label[] } {
  const name = reader.scalar(entries.get('record')?.value, 'record');
  if (name?.value && !METRIC.test(name.value))
    reader.fault(name, `record: ${JSON.stringify(name.value)} is no metric name`);
  for (const key of OF_ALERTS) {
    const entry = entries.get(key);
    if (entry) reader.fault(entry.key, `${key} belongs to an alert, not to a recording rule`);
  }
  return { labels: pairs(reader, entries, 'labels').map(({ name: label, text }): Label => [label, text.value]) };
}

function readFields(reader: Reader, entries: Entries, key: string): Field[] {
  return pairs(reader, entries, key).flatMap(({ name, text }) => {
    try {
      return [{ name, source: text.value, template: parseTemplate(text.value) }];
    } catch (error) {
      if (!(error instanceof TemplateFault)) throw error;
      reader.faultIn(text, error.from, `${key}: ${name}: ${error.message}`);
      return [];
    }
  });
}

function pairs(reader: Reader, entries: Entries, key: string) {
  const map = entries.get(key)?.value;
  if (!map) return [];
  const found = [...(reader.entries(map, key, null) ?? [])];
  return found.flatMap(([name, { key: node, value }]) => {
    if (!LABEL.test(name) || (key === 'labels' && name === NAME))
      reader.fault(node, `${key}: ${JSON.stringify(name)} is no name of a label`);
    const text = reader.scalar(value ?? node, `${key}: ${name}`);
    return text ? [{ name, text }] : [];
  });
}
