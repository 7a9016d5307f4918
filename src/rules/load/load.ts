import type { Node } from 'yaml';
import type { Fault } from '../../config/config.ts';
import type { Rule, RuleGroup } from '../rule.ts';
import { readRule } from './read_rule.ts';
import { Reader } from './reader.ts';

export type LoadedRules = { groups: RuleGroup[]; faults: Fault[] };

const GROUP_KEYS = ['name', 'interval', 'limit', 'rules'];

/** One rule file, or every fault in it in the order of the file: then there is no group. */
export function loadRules(source: string, file: string): LoadedRules {
  try {
    return loadWhole(source, file);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error; // the stack ended
    return { groups: [], faults: [{ file, line: 1, column: 1, message: 'too many levels' }] };
  }
}

function loadWhole(source: string, file: string): LoadedRules {
  const reader = new Reader(source, file);
  const groups = reader.faults.length === 0 && reader.root ? readGroups(reader, reader.root, file) : [];
  const faults = reader.faults.sort((a, b) => a.line - b.line || a.column - b.column);
  return { groups: faults.length > 0 ? [] : groups, faults };
}

function readGroups(reader: Reader, root: Node, file: string): RuleGroup[] {
  const entries = reader.entries(root, 'a rule file', ['groups']);
  const groups = entries?.get('groups');
  if (!groups) return [];
  const names = new Set<string>();
  return reader.list(groups.value, 'groups', groups.key).flatMap((node) => readGroup(reader, node, file, names) ?? []);
}

function readGroup(reader: Reader, node: Node, file: string, names: Set<string>): RuleGroup | null {
  const entries = reader.entries(node, 'a group', GROUP_KEYS);
  if (!entries) return null;
  const name = reader.scalar(entries.get('name')?.value, 'name');
  if (!name?.value) reader.fault(name ?? node, 'a group needs a name');
  else if (names.has(name.value)) reader.fault(name, `two groups are called ${JSON.stringify(name.value)}`);
  names.add(name?.value ?? '');
  const list = entries.get('rules');
  const rules: (Rule | null)[] = list
    ? reader.list(list.value, 'rules', list.key).map((rule) => readRule(reader, rule))
    : [];
  const interval = entries.get('interval');
  const intervalMs = reader.duration(interval?.value, 'interval');
  if (intervalMs === 0) reader.fault(interval!.value!, 'interval: longer than 0');
  return {
    file,
    name: name?.value ?? '',
    intervalMs,
    limit: reader.wholeNumber(entries.get('limit')?.value, 'limit') ?? 0,
    rules: rules.filter((rule) => rule !== null),
  };
}
