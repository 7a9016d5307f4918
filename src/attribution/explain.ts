import { COMPONENTS, type Component } from '../decode/sample.ts';
import type { TailBudget } from '../windows/tail.ts';
import type { Cause } from './causes.ts';
import { type Change, type Facts, factsOf, usualTail } from './facts.ts';
import type { JudgedPool } from './judged.ts';
import { JUDGES } from './judges/index.ts';
import type { Rivals, Thief } from './rivals.ts';

export { CAUSES, type Cause } from './causes.ts';

/** One cause with the time that it explains. */
export type Finding = {
  cause: Cause;
  /** Components that it stands for, the greatest first. */
  parts: readonly Component[];
  /** Its time in each, of the mean of the slowest 1 % or of what that has gained. */
  partNs: Partial<Record<Component, number>>;
  /** Their sum. */
  ns: number;
  /** The same as a share of the whole: `wholeNs` of the explanation. */
  share: number;
  /** Only of a noisy neighbour that has a name. */
  thief: Thief | null;
};

export type Explanation = {
  /** Null: no request in the window, or nothing that splits them. */
  tail: TailBudget | null;
  /** The same as it usually is; null: no baseline yet. */
  usual: TailBudget | null;
  /** What has grown; null: nothing to compare with, or nothing has: then findings are shares of the tail itself. */
  change: Change | null;
  /** What the findings are shares of. */
  wholeNs: number;
  /** The greatest first. They are the whole, with a negative `unexplained` of a tail. */
  findings: readonly Finding[];
  rivals: Rivals | null;
};

/** Where the slowest 1 % of a pool's requests were, or what they have gained, and why. */
export function explain(reading: JudgedPool): Explanation {
  const tail = reading.request?.tail ?? null;
  const facts = factsOf(reading);
  const { change, rivals } = facts;
  const partNs = change?.gainedNs ?? tail?.partNs ?? null;
  const wholeNs = change?.totalNs ?? tail?.meanNs ?? 0;
  const findings = partNs === null ? [] : rank(partNs, wholeNs, facts);
  return { tail, usual: usualTail(reading), change, wholeNs, findings, rivals };
}

function rank(partNs: Record<Component, number>, wholeNs: number, facts: Facts): Finding[] {
  const causes = new Map<Cause, Partial<Record<Component, number>>>();
  for (const component of COMPONENTS) {
    if (partNs[component] === 0) continue;
    for (const { cause, share } of JUDGES[component](facts)) {
      const own = causes.get(cause) ?? {};
      own[component] = (own[component] ?? 0) + share * partNs[component];
      causes.set(cause, own);
    }
  }
  const findings = [...causes].map(([cause, own]) => findingOf(cause, own, wholeNs, facts));
  return findings.filter(({ ns }) => ns > 0).sort((a, b) => b.ns - a.ns);
}

function findingOf(
  cause: Cause,
  partNs: Partial<Record<Component, number>>,
  wholeNs: number,
  { rivals }: Facts,
): Finding {
  const entries = (Object.entries(partNs) as [Component, number][]).sort(([, a], [, b]) => b - a);
  const ns = entries.reduce((sum, [, each]) => sum + each, 0);
  const thief = cause === 'noisy-neighbour' ? (rivals?.thief ?? null) : null;
  return { cause, parts: entries.map(([part]) => part), partNs, ns, share: ns / wholeNs, thief };
}

/** The part that most of the tail's time went to; null without a tail. */
export function dominant({ tail }: Explanation): { component: Component; share: number } | null {
  if (tail === null) return null;
  const [component, ns] = (Object.entries(tail.partNs) as [Component, number][]).reduce((a, b) =>
    b[1] > a[1] ? b : a,
  );
  return { component, share: tail.meanNs === 0 ? 0 : ns / tail.meanNs };
}
