import { tracepointArguments } from '../kernel/btf.ts';
import { KernelError } from '../kernel/errors.ts';

export const PROGRAMS = ['on_data_ready', 'on_recv_length'] as const;

/**
 * How responses are seen, the best first: the tracepoint tcp_sendmsg_locked (since 6.16), the entry of that function
 * (where fentry is allowed), the tracepoint after the sending (by the time that TCP noted, some 1 us late).
 */
const LADDER = ['on_sendmsg_locked', 'on_sendmsg_entry', 'on_send_length'] as const;
export type Answers = (typeof LADDER)[number];

/** Programs that are not loaded. */
export const LEFT_OUT: Record<Answers, readonly string[]> = {
  on_sendmsg_locked: ['on_sendmsg_entry', 'on_send_length'],
  on_sendmsg_entry: ['on_sendmsg_locked', 'on_send_length'],
  on_send_length: ['on_sendmsg_locked', 'on_sendmsg_entry'],
};

/** What is worth a try on the running kernel, the best first. @throws KernelError no-tracepoint */
export function ladder(): Answers[] {
  const found = tracepointArguments(['sk_data_ready', 'sock_recv_length', 'tcp_sendmsg_locked', 'sock_send_length']);
  for (const name of ['sk_data_ready', 'sock_recv_length', 'sock_send_length']) {
    if (found?.get(name) == null) {
      throw new KernelError('no-tracepoint', `this kernel's BTF has no tracepoint ${name}`, {
        remedy: 'The request probe needs a kernel >= 6.3: pooldrift doctor',
      });
    }
  }
  return found!.get('tcp_sendmsg_locked') == null ? LADDER.slice(1) : ['on_sendmsg_locked'];
}
