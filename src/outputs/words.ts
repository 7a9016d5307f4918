import type { Component, Doubt } from '../decode/sample.ts';

/** What a component of a request's time is called on a screen. */
export const COMPONENT_WORDS: Record<Component, string> = {
  queue: 'queue',
  wakeup: 'wake-up',
  oncpu: 'on-CPU',
  runqueue: 'run queue',
  throttled: 'throttled',
  blocked_lock: 'lock',
  blocked_io: 'io',
  blocked_network: 'network',
  blocked_epoll: 'epoll',
  blocked_sleep: 'sleep',
  blocked_fault: 'page fault',
  blocked_other: 'other',
  unexplained: 'unexplained',
};

/** Why the numbers of a pool are not to be trusted. */
export const DOUBT_WORDS: Record<Doubt, string> = {
  pipelining: 'clients pipeline: several requests are seen as one',
  http2: 'HTTP/2: requests share a connection, and are not told apart',
  tls: 'TLS: records of the handshake are not told from requests',
  io_uring: 'io_uring: its reads and writes are made out of sight',
  splice: 'splice: answers go out without a send',
  sockets: 'more connections than are followed',
};
