import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { scratch } from './build.ts';
import { defer } from './cleanup.ts';
import { type Side, startIn, startProgramIn } from './netns.ts';

/**
 * What test/workloads/client.c takes; times in microseconds where not said otherwise. Beyond 30,000 connections to one
 * address the kernel is slow to find a port: use a side's other address too.
 */
export type Load = {
  connections?: number;
  seconds?: number;
  count?: number;
  thinkUs?: number;
  ratePerSecond?: number;
  splitUs?: number;
  depth?: number;
  bodyBytes?: number;
  reconnect?: number;
  late?: 0 | 1;
  cpu?: number;
};

/** Latencies from before the first byte was sent (open loop: from when it was due) to the whole answer. Nearest ranks. */
export type Told = {
  requests: number;
  failures: number;
  seconds: number;
  meanNs: number;
  p50Ns: number;
  p99Ns: number;
  maxNs: number;
  connects: number;
  connectP50Ns: number;
  connectMaxNs: number;
};

/** All are connected when it is here. `latencies` is for after the end, in ns, in no order. */
export type Client = {
  pid: number;
  /** Sends the first requests. */
  begin(): void;
  /** Sends no more, waits for what is open. */
  end(): Promise<Told>;
  /** Waits until it is through. */
  told(): Promise<Told>;
  latencies(): number[];
};

const WORDS: Record<keyof Load, string> = {
  connections: 'connections',
  seconds: 'seconds',
  count: 'count',
  thinkUs: 'think',
  ratePerSecond: 'rate',
  splitUs: 'split',
  depth: 'depth',
  bodyBytes: 'body',
  reconnect: 'reconnect',
  late: 'late',
  cpu: 'cpu',
};

let made = 0;

/** Connects from a side to an address; ends with the test. */
export async function startClient(from: Side, address: string, port: number, load: Load = {}): Promise<Client> {
  const file = scratch(`client-${made++}`);
  defer(() => rmSync(file, { force: true }));
  const words = Object.entries(load).map(([key, value]) => `${WORDS[key as keyof Load]}=${value}`);
  const program = await startIn(from, 'client', address, port, `samples=${file}`, 'wait=1', ...words);
  const told = async (): Promise<Told> => JSON.parse(await program.line());
  return {
    pid: program.pid,
    begin: () => program.write('begin'),
    end() {
      program.write('end');
      return told();
    },
    told,
    latencies: () => latenciesIn(file),
  };
}

/** Connects, and does it all. */
export async function drive(from: Side, address: string, port: number, load: Load = {}): Promise<Told> {
  const client = await startClient(from, address, port, load);
  client.begin();
  return client.told();
}

/**
 * Node's own client, which connects, is begun at once and says what it saw: HTTP/2 without TLS for `h2c`, `streams` at
 * once down each connection; HTTP/1.1 over TLS for `tls`, one at a time.
 */
export async function driveNode(
  from: Side,
  address: string,
  port: number,
  load: { protocol: 'h2c' | 'tls'; connections: number; streams?: number; seconds: number },
): Promise<Omit<Told, 'connects' | 'connectP50Ns' | 'connectMaxNs'>> {
  const url = `${load.protocol === 'tls' ? 'https' : 'http'}://${address}:${port}`;
  const script = join(import.meta.dirname, '../workloads/nodeclient.ts');
  const args = [script, url, load.connections, load.streams ?? 1, load.seconds].map(String);
  const program = await startProgramIn(from, process.execPath, args);
  program.write('begin');
  return JSON.parse(await program.line());
}

function latenciesIn(file: string): number[] {
  const bytes = readFileSync(file);
  return Array.from(new BigUint64Array(bytes.buffer, bytes.byteOffset, bytes.length / 8), Number);
}
