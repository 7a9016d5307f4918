import type { Cause } from './causes.ts';
import type { Facts } from './facts.ts';

/** A cause with the share of a part's time that it stands for. */
export type Split = { cause: Cause; share: number };

/** Why a part of the time is long, or has grown: shares that sum to 1. */
export type Judge = (facts: Facts) => readonly Split[];

export function only(cause: Cause): readonly Split[] {
  return [{ cause, share: 1 }];
}

/** Judgements in proportion to their weights; `otherwise` where none has any. */
export function weighed(
  parts: readonly { weight: number; splits: readonly Split[] }[],
  otherwise: readonly Split[],
): readonly Split[] {
  const known = parts.filter(({ weight }) => weight > 0);
  const all = known.reduce((sum, { weight }) => sum + weight, 0);
  if (all === 0) return otherwise;
  return known.flatMap(({ weight, splits }) =>
    splits.map(({ cause, share }) => ({ cause, share: (share * weight) / all })),
  );
}

/** `cause` for `share` of it, clipped to 0 .. 1; the rest as judged otherwise. */
export function partly(cause: Cause, share: number, rest: readonly Split[]): readonly Split[] {
  const clipped = Math.min(1, Math.max(0, share));
  return weighed(
    [
      { weight: clipped, splits: only(cause) },
      { weight: 1 - clipped, splits: rest },
    ],
    rest,
  );
}
