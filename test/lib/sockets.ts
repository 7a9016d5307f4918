import type { TcpSample } from '../../src/decode/sample.ts';
import { type Side, startIn } from './netns.ts';
import { sum } from './probe.ts';

/** A program that does with TCP sockets what it is told; see test/workloads/sockets.c. */
export type Sockets = {
  pid: number;
  /** One line; a number, or -errno. */
  tell(...words: (string | number)[]): Promise<number>;
};

/** Ends with the test. */
export async function startSockets(side: Side): Promise<Sockets> {
  const program = await startIn(side, 'sockets');
  return {
    pid: program.pid,
    async tell(...words) {
      program.write(words.join(' '));
      return Number(await program.line());
    },
  };
}

/** What a pool's TCP counted between two samples. */
export type TcpGrowth = {
  connects: number;
  connectSumNs: number;
  /** Only what is not 0. */
  failures: Record<string, number>;
  segmentsSent: number;
  retransmits: number;
  resets: { sent: number; received: number };
  acceptOverflows: number;
};

export function tcpGrowth(before: TcpSample, after: TcpSample): TcpGrowth {
  const reasons = Object.entries(after.connectFailures).map(([reason, count]) => {
    return [reason, count - before.connectFailures[reason as keyof TcpSample['connectFailures']]] as const;
  });
  return {
    connects: sum(after.connects) - sum(before.connects),
    connectSumNs: after.connectSumNs - before.connectSumNs,
    failures: Object.fromEntries(reasons.filter(([, count]) => count !== 0)),
    segmentsSent: after.segmentsSent - before.segmentsSent,
    retransmits: after.retransmits - before.retransmits,
    resets: {
      sent: after.resets.sent - before.resets.sent,
      received: after.resets.received - before.resets.received,
    },
    acceptOverflows: after.acceptOverflows - before.acceptOverflows,
  };
}
