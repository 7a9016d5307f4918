import type { Component } from '../../decode/sample.ts';
import { type Judge, only } from '../judge.ts';
import { answers, fault, io, locked, network, other, unexplained } from './blocked.ts';
import { onCpu, throttled, waited } from './cpu.ts';
import { queued } from './queue.ts';

/** Why each part of the slowest 1 % is long, or has grown. */
export const JUDGES: Readonly<Record<Component, Judge>> = {
  queue: (facts) => queued(facts, JUDGES),
  wakeup: waited,
  oncpu: onCpu,
  runqueue: waited,
  throttled,
  blocked_lock: locked,
  blocked_io: io,
  blocked_network: network,
  blocked_epoll: answers,
  blocked_sleep: unexplained,
  blocked_fault: fault,
  blocked_other: other,
  unexplained: () => only('unexplained'),
};
