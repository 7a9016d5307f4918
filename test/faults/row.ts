import type { Scene } from './scene.ts';

/** One repetition. Times in seconds from the true onset. */
export type Row = {
  scene: string;
  repetition: number;
  /** What the episode was settled on; null: there was none. */
  verdict: string | null;
  thief: string | null;
  foundSeconds: number | null;
  settledSeconds: number | null;
  /** How much later than the true onset the daemon says that it began. */
  sinceSeconds: number | null;
  /** P99 over the baseline's, and the verdict's share of the gained time, when it was settled. */
  ratio: number | null;
  share: number | null;
  /** Before the fault. */
  healthyEpisodes: number;
  /** The evidence; of a miss all causes with their shares. */
  said: string;
};

export function isRight({ right, thief }: Pick<Scene, 'right' | 'thief'>, row: Row): boolean {
  if (!right.some((cause) => cause === row.verdict)) return false;
  return thief === undefined || row.verdict === null || row.thief === thief;
}

/** One that could not be carried through is a miss. */
export function failed({ name }: Pick<Scene, 'name'>, repetition: number, error: Error): Row {
  const none = { thief: null, foundSeconds: null, settledSeconds: null, sinceSeconds: null, ratio: null, share: null };
  return { scene: name, repetition, verdict: 'failed', healthyEpisodes: 0, said: error.message, ...none };
}

/** A verdict as it is printed. */
export function named(verdict: string | null, thief?: string | null): string {
  return verdict === null ? 'no episode' : verdict + (thief ? ` (${thief})` : '');
}
