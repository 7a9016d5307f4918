import type { ProcessEvent } from './event.ts';

/** Puts events of several CPUs' buffers in order. What is newer than the drain's begin waits for the next one. */
export class EventOrder {
  #held: ProcessEvent[] = [];

  add(event: ProcessEvent): void {
    this.#held.push(event);
  }

  /** Hands over what happened up to `untilNs` (CLOCK_MONOTONIC, taken before the buffers were read), oldest first. */
  take(untilNs: number, handler: (event: ProcessEvent) => void): void {
    if (this.#held.length === 0) return;
    const sorted = this.#held.sort((a, b) => a.atNs - b.atNs);
    const due = sorted.findIndex((event) => event.atNs > untilNs);
    this.#held = due < 0 ? [] : sorted.slice(due);
    for (const event of due < 0 ? sorted : sorted.slice(0, due)) handler(event);
  }
}
