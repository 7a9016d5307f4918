import type { ProcessEvent } from './event.ts';

/**
 * Puts events of several CPUs' buffers in order. What is newer than the drain's begin waits for the next one. What the
 * handler throws passes on; no event is handed over twice, none is lost.
 */
export class EventOrder {
  #held: ProcessEvent[] = [];

  add(event: ProcessEvent): void {
    this.#held.push(event);
  }

  /** Hands over what happened up to `untilNs` (CLOCK_MONOTONIC, taken before the buffers were read), oldest first. */
  take(untilNs: number, handler: (event: ProcessEvent) => void): void {
    if (this.#held.length === 0) return;
    const sorted = this.#held.sort((a, b) => a.atNs - b.atNs);
    let handed = 0;
    try {
      while (handed < sorted.length && sorted[handed]!.atNs <= untilNs) handler(sorted[handed++]!);
    } finally {
      this.#held = sorted.slice(handed);
    }
  }
}
