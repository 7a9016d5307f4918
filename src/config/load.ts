import { closeSync, existsSync, globSync, openSync, readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, resolve } from 'node:path';
import { alertmanagerFiles } from './alertmanagers.ts';
import type { Config, Fault } from './config.ts';
import { readCredential } from './credential.ts';
import { type Parsed, parseConfig } from './parse.ts';
import { trustedOwners, unsafe } from './safety.ts';

export const DEFAULT_FILE = '/etc/pooldrift/pooldrift.yaml';

/** The file to read: what --config.file says, else the default where there is one, else none. */
export function configFile(flag: string | undefined): string | null {
  if (flag !== undefined) return flag;
  return existsSync(DEFAULT_FILE) ? DEFAULT_FILE : null;
}

/** Reads and checks a configuration and the files it names; null means defaults alone. Never throws. */
export function loadConfig(file: string | null): Parsed {
  if (file === null) return parseConfig('', '(defaults)', hostname());
  const text = readTrusted(file);
  if (typeof text !== 'string') return { config: null, faults: [text] };
  const parsed = parseConfig(text, file, hostname());
  const faults = parsed.config ? [...ruleFileFaults(parsed.config, file), ...credentialFaults(parsed.config)] : [];
  return faults.length > 0 ? { config: null, faults } : parsed;
}

/** Files that rule_files names, absolute, in order, without repetition. */
export function ruleFiles(config: Config, file: string | null): string[] {
  const base = file === null ? process.cwd() : dirname(resolve(file));
  return [...new Set(config.ruleFiles.flatMap((pattern) => globSync(resolve(base, pattern)).sort()))];
}

function ruleFileFaults(config: Config, file: string): Fault[] {
  const found = ruleFiles(config, file).map(readTrusted);
  const missing = config.ruleFiles
    .filter((pattern) => !/[*?[{]/.test(pattern) && !existsSync(resolve(dirname(file), pattern)))
    .map((pattern) => fault(resolve(dirname(file), pattern), 'no such rule file'));
  return [...missing, ...found.filter((entry) => typeof entry !== 'string')];
}

/** Passwords, tokens and certificates that could not be read at the first alert either. */
function credentialFaults(config: Config): Fault[] {
  return [...new Set(config.alerting.alertmanagers.flatMap(alertmanagerFiles))].flatMap((file) => {
    try {
      readCredential(file);
      return [];
    } catch (error) {
      return [unread(file, error)];
    }
  });
}

/** The text of a file on which root acts, or why it is not read. The open file is what is checked: it cannot be exchanged in between. */
export function readTrusted(file: string): string | Fault {
  let fd: number | undefined;
  try {
    fd = openSync(file, 'r');
    const problem = unsafe(fd, resolve(file), process.getuid?.() ?? 0, trustedOwners(process.env));
    return problem ? fault(file, problem) : readFileSync(fd, 'utf8');
  } catch (error) {
    return unread(file, error);
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

function unread(file: string, error: unknown): Fault {
  return fault(file, `cannot read it: ${(error as Error).message.split(', ')[0]}`);
}

function fault(file: string, message: string): Fault {
  return { file, line: 1, column: 1, message };
}
