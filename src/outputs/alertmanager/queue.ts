import type { Message } from './message.ts';

export const QUEUE_MESSAGES_MAX = 10_000;
export const QUEUE_BYTES_MAX = 16 * 2 ** 20;
const BATCH_MESSAGES_MAX = 64;
const BATCH_BYTES_MAX = 512 * 1024;

/** What waits for one Alertmanager, oldest first. Over its limits the oldest go. */
export class Queue {
  #messages = new Map<string, Message>();
  #bytes = 0;
  /** Since the start. */
  dropped = 0;

  get length(): number {
    return this.#messages.size;
  }

  /** What waits under the same key is replaced. */
  add(messages: readonly Message[]): void {
    for (const message of messages) {
      this.#remove(message.key);
      this.#put(message);
    }
    this.#shrink();
  }

  /** The oldest, so many as one request takes; they wait no more. */
  take(): Message[] {
    const batch: Message[] = [];
    let bytes = 0;
    for (const message of this.#messages.values()) {
      bytes += message.bytes;
      if (batch.length === BATCH_MESSAGES_MAX || (batch.length > 0 && bytes > BATCH_BYTES_MAX)) break;
      batch.push(message);
    }
    for (const { key } of batch) this.#remove(key);
    return batch;
  }

  /** A batch that did not arrive, to the front; what has become newer meanwhile stays. */
  putBack(batch: readonly Message[]): void {
    const later = this.#messages;
    this.#messages = new Map();
    this.#bytes = 0;
    for (const message of batch) if (!later.has(message.key)) this.#put(message);
    for (const message of later.values()) this.#put(message);
    this.#shrink();
  }

  #put(message: Message): void {
    this.#messages.set(message.key, message);
    this.#bytes += message.bytes;
  }

  #remove(key: string): void {
    this.#bytes -= this.#messages.get(key)?.bytes ?? 0;
    this.#messages.delete(key);
  }

  #shrink(): void {
    for (const key of this.#messages.keys()) {
      if (this.#messages.size <= QUEUE_MESSAGES_MAX && this.#bytes <= QUEUE_BYTES_MAX) return;
      this.#remove(key);
      this.dropped++;
    }
  }
}
