import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { treeHash } from '../../scripts/progress.ts';
import type { Row } from './row.ts';

const ROOT = join(import.meta.dirname, '../..');
const FILE = join(ROOT, 'build/faults.json');
const INPUTS = ['{src,bpf,test/faults,test/workloads}/**/*', 'test/lib/*', 'package-lock.json'];

/** Rows of runs that were broken off, for this content of the tree. */
export class Kept {
  readonly rows: Row[];
  readonly #hash = treeHash(ROOT, INPUTS);

  constructor() {
    const kept = existsSync(FILE) ? (JSON.parse(readFileSync(FILE, 'utf8')) as { hash: string; rows: Row[] }) : null;
    this.rows = kept?.hash === this.#hash ? kept.rows : [];
  }

  has(scene: string, repetition: number): boolean {
    return this.rows.some((row) => row.scene === scene && row.repetition === repetition);
  }

  add(row: Row): void {
    this.rows.push(row);
    mkdirSync(dirname(FILE), { recursive: true });
    writeFileSync(FILE, JSON.stringify({ hash: this.#hash, rows: this.rows }));
  }
}
