import type { RecordHandler } from '../../src/kernel/ring.ts';

/** Checks each record of bpf/ring.bpf.c as it comes, without a word on those that are right. */
export class Receiver {
  /** By producer: the numbers of its records, in the order in which they came. */
  readonly counts = new Map<number, number>();
  readonly #last = new Map<number, number>();
  readonly cpus = new Set<number>();
  /** Where records lay; more than one: some were put together elsewhere. */
  readonly places = new Set<Int32Array>();
  readonly faults: string[] = [];

  get received(): number {
    return [...this.counts.values()].reduce((sum, count) => sum + count, 0);
  }

  readonly handler: RecordHandler = (words, at) => {
    const [producer, number, bytes] = [words[at]!, words[at + 1]!, words[at + 2]!];
    if (bytes !== 20 + (number % 101)) this.faults.push(`record ${number}: ${bytes} bytes`);
    for (let i = 4; i < bytes >> 2; i++) {
      if (words[at + i] !== (number ^ (i << 24))) this.faults.push(`record ${number}: word ${i} is ${words[at + i]}`);
    }
    const last = this.#last.get(producer) ?? -1;
    if (number <= last) this.faults.push(`record ${number} of ${producer} after ${last}`);
    this.#last.set(producer, number);
    this.counts.set(producer, (this.counts.get(producer) ?? 0) + 1);
    this.cpus.add(words[at + 3]!);
    this.places.add(words);
  };
}
