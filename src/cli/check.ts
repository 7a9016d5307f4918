import { parseArgs } from 'node:util';
import { formatFault } from '../config/config.ts';
import { configFile, ruleFiles } from '../config/load.ts';
import { loadConfigAndRules } from '../rules/load/files.ts';

/** `pooldrift check`: one line a fault on stderr; 0 where there is none, else 1. */
export async function check(argv: string[]): Promise<number> {
  let flag: string | undefined;
  try {
    flag = parseArgs({ args: argv, options: { 'config.file': { type: 'string' } } }).values['config.file'];
  } catch (error) {
    process.stderr.write(`pooldrift check: ${(error as Error).message}\n`);
    return 1;
  }
  const file = configFile(flag);
  const { config, groups, faults } = loadConfigAndRules(file);
  for (const fault of faults) process.stderr.write(`${formatFault(fault)}\n`);
  if (!config) return 1;
  const rules = groups.reduce((sum, group) => sum + group.rules.length, 0);
  const what = `${config.pools.length} pools, ${ruleFiles(config, file).length} rule files, ${rules} rules`;
  process.stdout.write(`${file ?? 'no configuration file, defaults'}: ${what}\n`);
  return 0;
}
