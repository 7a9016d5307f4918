import type { PoolConfig } from '../config/config.ts';
import type { Group } from './discover.ts';
import { type Facts, NO_FACTS } from './facts.ts';
import type { Rule } from './match.ts';

/** A pool with an index in the kernel's tables. */
export type Entry = {
  readonly index: number;
  readonly name: string;
  rule: Rule;
  /** null: found by discovery. */
  config: PoolConfig | null;
  group: Group | null;
  readonly tgids: Set<number>;
  facts: Facts;
  /** Members or their threads have changed since the facts were read. */
  stale: boolean;
  factsAtMs: number | null;
  /** When its last process went; null while it has one, or has had none. */
  emptySinceMs: number | null;
  announced: boolean;
  warned: boolean;
};

/** Pools by index. An index is given to another pool only after free(). */
export class PoolTable {
  readonly #entries: (Entry | undefined)[];
  readonly #refused = new Set<string>();

  constructor(limit: number) {
    this.#entries = new Array<Entry | undefined>(limit).fill(undefined);
  }

  /** In the order of their indices. */
  entries(): Entry[] {
    return this.#entries.filter((entry) => entry !== undefined);
  }

  at(index: number): Entry | undefined {
    return this.#entries[index];
  }

  named(name: string): Entry | undefined {
    return this.#entries.find((entry) => entry?.name === name);
  }

  /** null where the limit is reached; `refused` counts names. */
  add(name: string, rule: Rule, config: PoolConfig | null, group: Group | null): Entry | null {
    const index = this.#entries.indexOf(undefined);
    if (index < 0) return null;
    const empty = { tgids: new Set<number>(), facts: NO_FACTS, stale: true, factsAtMs: null, emptySinceMs: null };
    const entry: Entry = { index, name, rule, config, group, ...empty, announced: false, warned: false };
    this.#entries[index] = entry;
    return entry;
  }

  free(entry: Entry): void {
    this.#entries[entry.index] = undefined;
  }

  /** Notes a pool that found no place; true the first time. */
  refuse(key: string): boolean {
    const fresh = !this.#refused.has(key);
    if (this.#refused.size < 10_000) this.#refused.add(key);
    return fresh;
  }

  /** Distinct pools that found no place since the start or the last reload. */
  get refused(): number {
    return this.#refused.size;
  }

  forgetRefused(): void {
    this.#refused.clear();
  }
}
