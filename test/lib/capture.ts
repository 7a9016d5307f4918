import { readFileSync, rmSync } from 'node:fs';
import { scratch } from './build.ts';
import { defer } from './cleanup.ts';
import { type Side, startIn } from './netns.ts';

/** A request by its packets: from its first and from its last byte's arrival to the answer's first byte leaving. */
export type Exchange = { clientPort: number; answeredNs: number; firstNs: number; lastNs: number };

/**
 * All requests in the order of their answers; `answeredNs` is CLOCK_MONOTONIC. With `dropped` packets it
 * is no truth. `againIn`, `againOut`: segments sent again; `early`: segments that came before their turn.
 */
export type Captured = {
  exchanges: Exchange[];
  connections: number;
  packets: number;
  dropped: number;
  againIn: number;
  againOut: number;
  early: number;
};

export type Capture = { stop(): Promise<Captured> };

let made = 0;

/** Packet timestamps of the requests to a port, taken at a device of the server's side. Ends with the test. */
export async function startCapture(server: Side, port: number, device = server.device): Promise<Capture> {
  const file = scratch(`capture-${made++}`);
  defer(() => rmSync(file, { force: true }));
  const program = await startIn(server, 'capture', device, port, file);
  return {
    async stop() {
      program.write('stop');
      const { requests, ...figures } = JSON.parse(await program.line());
      const exchanges = exchangesIn(file);
      if (exchanges.length !== requests) throw new Error(`${file} has ${exchanges.length} of ${requests} requests`);
      return { exchanges, ...figures };
    },
  };
}

function exchangesIn(file: string): Exchange[] {
  const bytes = readFileSync(file);
  const words = new BigUint64Array(bytes.buffer, bytes.byteOffset, bytes.length / 8);
  return Array.from({ length: words.length / 4 }, (_, i) => {
    const [clientPort, answeredNs, firstNs, lastNs] = Array.from(words.subarray(4 * i, 4 * i + 4), Number);
    return { clientPort: clientPort!, answeredNs: answeredNs!, firstNs: firstNs!, lastNs: lastNs! };
  });
}
