import type { Component } from '../decode/sample.ts';

/** One colour a component of a request's time, in Grafana and on the page; the terminal's tones are of the same kinds. */
export const COMPONENT_COLOURS: Record<Component, string> = {
  queue: '#e0b400',
  wakeup: '#ff8f6b',
  oncpu: '#56a64b',
  runqueue: '#e02f44',
  throttled: '#a352cc',
  blocked_lock: '#1f60c4',
  blocked_io: '#0f8b8d',
  blocked_network: '#3fa7f0',
  blocked_epoll: '#7fc7d9',
  blocked_sleep: '#6b7fd7',
  blocked_fault: '#2a9d6f',
  blocked_other: '#5a7a94',
  unexplained: '#8e8e8e',
};
