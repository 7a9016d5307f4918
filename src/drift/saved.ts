import { z } from 'zod';
import { WAIT_BUCKETS } from '../windows/histogram.ts';
import type { Block } from './block.ts';

/** Raised when the meaning of what is saved changes: lengths of blocks and windows, buckets. */
const FORMAT = 1;
const SECOND_NS = 1e9;
const BLOCKS_MAX = 1000;

const count = z.number().int().nonnegative();
/** Seconds before the save, so that another boot's clock can take it up. */
const age = z.number();
const block = z
  .tuple([age, z.number().positive(), count, count.max(WAIT_BUCKETS), z.array(count).max(WAIT_BUCKETS)])
  .refine(([, , requests, low, counts]) => low + counts.length <= WAIT_BUCKETS && sumOf(counts) <= requests);
const blocks = z.array(block).max(BLOCKS_MAX);

const SAVED = z.object({
  format: z.literal(FORMAT),
  baselineSeconds: z.number(),
  armed: z.boolean(),
  fine: blocks,
  open: block.nullable(),
  coarse: blocks,
  pending: blocks,
  memory: z.array(z.number().nonnegative()),
  calm: z.object({ seconds: z.number().positive(), endedAge: age.nullable() }),
  episode: z.object({ sinceAge: age, foundAge: age, scaleSeconds: z.number() }).nullable(),
});

export type Saved = z.infer<typeof SAVED>;
export type SavedBlock = z.infer<typeof block>;

/** Null where it is damaged or of another format. */
export function parseSaved(value: unknown): Saved | null {
  return SAVED.safeParse(value).data ?? null;
}

export function savedAs(content: Omit<Saved, 'format'>): Saved {
  return { format: FORMAT, ...content };
}

export function ageOf(atNs: number, nowNs: number): number {
  return (nowNs - atNs) / SECOND_NS;
}

export function momentOf(ageSeconds: number, savedAtNs: number): number {
  return Math.round(savedAtNs - ageSeconds * SECOND_NS);
}

export function packBlock({ endNs, seconds, requests, low, above }: Block, nowNs: number): SavedBlock {
  const counts = Array.from(above, (sum, i) => sum - (above[i + 1] ?? 0));
  return [ageOf(endNs, nowNs), seconds, requests, low, counts];
}

export function unpackBlock([endAge, seconds, requests, low, counts]: SavedBlock, savedAtNs: number): Block {
  const above = Uint32Array.from(counts);
  for (let i = above.length - 2; i >= 0; i--) above[i]! += above[i + 1]!;
  return { endNs: momentOf(endAge, savedAtNs), seconds, requests, low, above };
}

function sumOf(counts: readonly number[]): number {
  return counts.reduce((sum, each) => sum + each, 0);
}
