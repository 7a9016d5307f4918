import { createHash } from 'node:crypto';
import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const INPUTS = ['{src,bpf,bin,scripts,test}/**/*', 'package-lock.json', 'Makefile'];

/** SHA-256 over names and contents; of everything that a test's outcome may depend on, if nothing else is said. */
export function treeHash(root: string, inputs: readonly string[] = INPUTS): string {
  const hash = createHash('sha256');
  const entries = globSync(inputs, { cwd: root, withFileTypes: true }).filter((entry) => entry.isFile());
  for (const path of entries.map((entry) => join(entry.parentPath, entry.name)).sort()) {
    const content = readFileSync(path);
    hash.update(`${path.slice(root.length)}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
}

/** Which files have passed for one content of the tree; kept in a file, empty again once the tree has changed. */
export class Progress {
  readonly #path: string;
  readonly #hash: string;
  readonly #passed: Set<string>;

  constructor(path: string, hash: string) {
    this.#path = path;
    this.#hash = hash;
    const kept = existsSync(path)
      ? (JSON.parse(readFileSync(path, 'utf8')) as { hash: string; passed: string[] })
      : null;
    this.#passed = new Set(kept?.hash === hash ? kept.passed : []);
  }

  has(file: string): boolean {
    return this.#passed.has(file);
  }

  add(file: string): void {
    this.#passed.add(file);
    mkdirSync(dirname(this.#path), { recursive: true });
    writeFileSync(this.#path, JSON.stringify({ hash: this.#hash, passed: [...this.#passed] }));
  }
}
