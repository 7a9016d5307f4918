import { tracepointArguments } from '../kernel/btf.ts';

/** Sockets begin and end. */
const SOCKETS = ['on_destroy_sock', 'on_set_state'];
const COUNTERS = ['on_retransmit_skb', 'on_retransmit_synack', 'on_send_reset', 'on_receive_reset'];
/** The request probe's program does the same. */
export const QUEUES = 'on_listener_ready';
const ALL = [...SOCKETS, ...COUNTERS, QUEUES];

export type TcpOptions = {
  /** Everything of `pooldrift_tcp_*` is counted. */
  count: boolean;
  /** The request probe is to run beside it. */
  requests: boolean;
};

/** Programs to load, those of them to attach at once, and those to leave out. */
export type TcpPrograms = { attached: string[]; without: string[] };

export function programsFor({ count, requests }: TcpOptions): TcpPrograms {
  const queues = count && hasDataReady() ? [QUEUES] : [];
  const attached = [...(count ? COUNTERS : []), ...(requests ? [] : queues), ...(count || requests ? SOCKETS : [])];
  const loaded = new Set([...attached, ...queues]);
  return { attached, without: ALL.filter((program) => !loaded.has(program)) };
}

/** Since 6.3. Without it only the looks see how full a queue is. */
function hasDataReady(): boolean {
  return tracepointArguments(['sk_data_ready'])?.get('sk_data_ready') != null;
}
