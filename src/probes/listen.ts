import { fileURLToPath } from 'node:url';
import type { Listener } from '../decode/event.ts';
import { Listener as Layout } from '../decode/layout.gen.ts';
import { runIterator } from '../kernel/iterator.ts';
import { memoryOf } from '../kernel/memory.ts';
import { BpfObject } from '../kernel/object.ts';

const OBJECT = fileURLToPath(new URL('../../build/bpf/listen.bpf.o', import.meta.url));
const AF_INET6 = 10;

/** Who listens on TCP: one pass of the kernel's own iterator over all open files, in every network namespace. */
export class ListenProbe {
  readonly #object: BpfObject;
  readonly #link: number;

  private constructor(object: BpfObject) {
    this.#object = object;
    this.#link = object.iteratorLink('listeners');
  }

  /** @throws KernelError */
  static async open(): Promise<ListenProbe> {
    const object = await BpfObject.load('listen', OBJECT, { entries: {}, without: [], constants: {} });
    try {
      return new ListenProbe(object);
    } catch (error) {
      object.close();
      throw error;
    }
  }

  /** Every listening TCP socket with each process that holds it. */
  listeners(): Listener[] {
    const bytes = runIterator(this.#link);
    const words = new Int32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
    const found: Listener[] = [];
    for (let at = 0; at + (Layout.size >> 2) <= words.length; at += Layout.size >> 2) found.push(decode(words, at));
    return found;
  }

  memory(): { object: string; bytes: number }[] {
    return [{ object: this.#object.name, bytes: memoryOf(this.#object.mapFds()) }];
  }

  close(): void {
    this.#object.close();
  }
}

function decode(words: Int32Array, at: number): Listener {
  return {
    tgid: words[at + (Layout.tgid >> 2)]!,
    port: words[at + (Layout.port >> 2)]!,
    family: words[at + (Layout.family >> 2)] === AF_INET6 ? 6 : 4,
    netns: words[at + (Layout.netns >> 2)]! >>> 0,
  };
}
