import { readFileSync } from 'node:fs';
import type { Config, Fault } from '../../config/config.ts';
import { loadConfig, readTrusted, ruleFiles } from '../../config/load.ts';
import { BUILTIN_FILES, linkedRunbooks } from '../builtin.ts';
import type { RuleGroup } from '../rule.ts';
import { type LoadedRules, loadRules } from './load.ts';

const ROOT = new URL('../../../', import.meta.url);

export type Loaded =
  | { config: Config; groups: RuleGroup[]; faults: [] }
  | { config: null; groups: []; faults: readonly Fault[] };

/** The configuration and its rules, or every fault in the files. `file` null: defaults alone. Never throws. */
export function loadConfigAndRules(file: string | null): Loaded {
  const { config, faults } = loadConfig(file);
  if (config === null) return { config, groups: [], faults };
  const rules = loadRuleFiles(config, file);
  if (rules.faults.length > 0) return { config: null, groups: [], faults: rules.faults };
  return { config, groups: rules.groups, faults: [] };
}

/**
 * The built-in rules, unless the configuration does without, and all that `rule_files` names; or every fault: then there
 * is no group. `configFile` null: there is none.
 */
export function loadRuleFiles(config: Config, configFile: string | null): LoadedRules {
  const builtin = config.builtinRules ? BUILTIN_FILES.map((path) => loadBuiltin(path, config.alerting.runbooks)) : [];
  const loaded = [...builtin, ...ruleFiles(config, configFile).map(loadFile)];
  const faults = loaded.flatMap((each) => each.faults);
  return { groups: faults.length > 0 ? [] : loaded.flatMap(({ groups }) => groups), faults };
}

function loadBuiltin(path: string, runbooks: string | null): LoadedRules {
  const text = readFileSync(new URL(path, ROOT), 'utf8');
  return loadRules(runbooks === null ? text : linkedRunbooks(text, runbooks), path);
}

function loadFile(file: string): LoadedRules {
  const text = readTrusted(file);
  return typeof text === 'string' ? loadRules(text, file) : { groups: [], faults: [text] };
}
