import { createHash } from 'node:crypto';
import { Labels } from '../../src/rules/labels.ts';
import { Random } from '../sim/random.ts';

const LETTERS = ['a', 'b', 'Z', '_', '"', '\\', '\n', ' ', 'é', '\u{ffff}', '\u{e000}', '\u{10000}', '😀'];

/**
 * One hash over the hashes of `count` generated label sets. `order` shuffles the labels of each set and nothing else.
 * Run as a program: COUNT ORDER.
 */
export function hashOfAll(count: number, order: number): string {
  const [content, shuffle] = [new Random(7), new Random(order, 1)];
  const all = createHash('sha256');
  for (let i = 0; i < count; i++) {
    const entries = Array.from({ length: 1 + (i % 9) }, (_, n): [string, string] => [
      `${word(content)}${n}`,
      word(content),
    ]);
    all.update(Labels.of(shuffled(entries, shuffle)).hash);
  }
  return all.digest('hex');
}

function word(random: Random): string {
  const length = 1 + Math.floor(random.between(0, 8));
  let text = '';
  for (let i = 0; i < length; i++) text += LETTERS[Math.floor(random.uniform() * LETTERS.length)];
  return text;
}

function shuffled<T>(list: T[], random: Random): T[] {
  return list
    .map((item) => ({ item, rank: random.uniform() }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ item }) => item);
}

if (import.meta.filename === process.argv[1]) console.log(hashOfAll(Number(process.argv[2]), Number(process.argv[3])));
