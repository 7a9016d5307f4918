import { type Side, startIn } from './netns.ts';

/** What became of connects; the times, in ns, are of those that were connected. */
export type Connects = {
  connected: number;
  refused: number;
  timedOut: number;
  unreachable: number;
  reset: number;
  /** No answer by the end of the time they were given. */
  givenUp: number;
  other: number;
  p50Ns: number;
  maxNs: number;
};

export type Connector = {
  pid: number;
  /** All at once; once. */
  connect(): Promise<Connects>;
  /** Ends all of them in the way that was chosen. */
  end(): Promise<void>;
};

/** Connects from one side; ends with the test. An address that is silent answers ETIMEDOUT after net.ipv4.tcp_syn_retries. */
export async function startConnector(
  from: Side,
  address: string,
  port: number,
  { count, by = 'close', giveUpMs = 10_000 }: { count: number; by?: 'close' | 'reset'; giveUpMs?: number },
): Promise<Connector> {
  const program = await startIn(from, 'connector', address, port, count, by, giveUpMs);
  return {
    pid: program.pid,
    async connect() {
      program.write('connect');
      return JSON.parse(await program.line());
    },
    async end() {
      program.write('end');
      await program.line();
    },
  };
}
