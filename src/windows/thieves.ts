import type { Theft, Thief } from '../decode/sample.ts';

/** A thief earns a series of its own with this share of the pool's stolen time since the last look. */
const EARNS_SHARE = 0.01;
const EARNS_NS = 1e6;
/** A silent thief gives its place up to a new one after this. */
const IDLE_NS = 3600e9;
/** Refused thieves remembered, so that each counts once. */
const REFUSED_MAX = 1024;

/** A process by its tgid, everything else by its kind. */
type ThiefKey = number | Exclude<Thief['kind'], 'process'>;

type Series = { stolenNs: number; lastNs: number };

/**
 * The thieves of one pool, at most `cap` by name, the rest under `other`; nothing goes back and all sum to what the
 * kernel counted. Who has a series keeps it. Only one silent for an hour yields to a new thief: its series then ends,
 * it is not folded into `other`, where the jump would read as an hour's theft in one second.
 */
export class ThiefLedger {
  readonly #cap: number;
  readonly #named = new Map<string, Series>();
  readonly #fixed = new Map<string, number>([['other', 0]]);
  #seen = new Map<ThiefKey, number>();
  readonly #refused = new Set<string>();
  #totalNs = 0;
  /** Thieves that found every series taken. */
  dropped = 0;

  constructor(cap: number) {
    this.#cap = cap;
  }

  /**
   * `stolen` is cumulative by thief; `name` says what a process is called. May be called at any moment. Returns what was
   * stolen since the last call by label, each thief under its own, whether it has a series or not.
   */
  update(stolen: readonly Theft[], name: (tgid: number) => string, atNs: number): Map<string, number> {
    const grown = this.#grown(stolen, name);
    const grownNs = [...grown.values()].reduce((sum, ns) => sum + ns, 0);
    let otherNs = 0;
    for (const [label, ns] of grown) if (!this.#take(label, ns, grownNs, atNs)) otherNs += ns;
    this.#fixed.set('other', this.#fixed.get('other')! + otherNs);
    this.#countRefused(grown);
    return grown;
  }

  /** Growth by label, the greatest first; it sums to what the kernel counted. `other`: what the kernel gave no name. */
  #grown(stolen: readonly Theft[], name: (tgid: number) => string): Map<string, number> {
    const totalNs = stolen.reduce((sum, theft) => sum + theft.stolenNs, 0);
    if (totalNs < this.#totalNs) this.#seen.clear();
    let restNs = Math.max(0, totalNs < this.#totalNs ? totalNs : totalNs - this.#totalNs);
    this.#totalNs = totalNs;
    const grown = new Map<string, number>();
    for (const [label, ns] of [...this.#growth(stolen, name)].sort((a, b) => b[1] - a[1])) {
      if (restNs <= 0) break;
      grown.set(label, Math.min(ns, restNs));
      restNs -= Math.min(ns, restNs);
    }
    return restNs > 0 ? grown.set('other', restNs) : grown;
  }

  /** Growth by label since the last update. A thief the kernel side has forgotten is forgotten here too. */
  #growth(stolen: readonly Theft[], name: (tgid: number) => string): Map<string, number> {
    const growth = new Map<string, number>();
    const seen = sumByThief(stolen);
    for (const [thief, stolenNs] of seen) {
      const grownNs = stolenNs - (this.#seen.get(thief) ?? 0);
      if (grownNs <= 0 || thief === 'other') continue;
      const label = typeof thief === 'number' ? name(thief) : thief;
      growth.set(label, (growth.get(label) ?? 0) + grownNs);
    }
    this.#seen = seen;
    return growth;
  }

  /** False: it has no series and earns none now. */
  #take(label: string, ns: number, allNs: number, atNs: number): boolean {
    if (FIXED.has(label)) {
      this.#fixed.set(label, (this.#fixed.get(label) ?? 0) + ns);
      return true;
    }
    const series = this.#named.get(label) ?? (this.#earns(ns, allNs) ? this.#admit(label, atNs) : undefined);
    if (series === undefined) return false;
    series.stolenNs += ns;
    series.lastNs = atNs;
    return true;
  }

  #earns(ns: number, allNs: number): boolean {
    return ns >= EARNS_NS && ns >= EARNS_SHARE * allNs;
  }

  #admit(label: string, atNs: number): Series | undefined {
    if (this.#named.size >= this.#cap) {
      const idle = [...this.#named].find(([, series]) => atNs - series.lastNs > IDLE_NS);
      if (idle === undefined) return undefined;
      this.#named.delete(idle[0]);
    }
    const series = { stolenNs: 0, lastNs: atNs };
    this.#named.set(label, series);
    return series;
  }

  #countRefused(growth: ReadonlyMap<string, number>): void {
    if (this.#named.size < this.#cap) return;
    for (const label of growth.keys()) {
      if (FIXED.has(label) || this.#named.has(label) || this.#refused.has(label)) continue;
      if (this.#refused.size >= REFUSED_MAX) this.#refused.clear();
      this.#refused.add(label);
      this.dropped++;
    }
  }

  /** Stolen nanoseconds by label, `other` included; cumulative. */
  totals(): Map<string, number> {
    const totals = new Map(this.#fixed);
    for (const [label, { stolenNs }] of this.#named) totals.set(label, stolenNs);
    return totals;
  }
}

/** Labels that no process can have: a process's label has its cgroup behind a space. */
const FIXED: ReadonlySet<string> = new Set(['self', 'kernel', 'idle', 'unknown', 'other']);

/** Several entries may be of one thief: every kernel thread is `kernel`. */
function sumByThief(stolen: readonly Theft[]): Map<ThiefKey, number> {
  const sums = new Map<ThiefKey, number>();
  for (const { thief, stolenNs } of stolen) {
    const key = thief.kind === 'process' ? thief.tgid : thief.kind;
    sums.set(key, (sums.get(key) ?? 0) + stolenNs);
  }
  return sums;
}
