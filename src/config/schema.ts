import { z } from 'zod';
import { ALERTMANAGERS } from './alertmanagers.ts';
import { SIZE_WAYS } from './config.ts';
import {
  bytes,
  comm,
  duration,
  integer,
  match,
  number,
  oneOf,
  onOff,
  pathGlob,
  port,
  scalar,
  show,
  text,
  url,
} from './scalar.ts';
import { choice, list, optionalSection, section } from './section.ts';

const MATCH = {
  listen: port.optional(),
  exe: pathGlob.optional(),
  comm: comm.optional(),
  cmdline: match.optional(),
  cgroup: pathGlob.optional(),
  unit: text.transform((unit) => (unit.includes('.') ? unit : `${unit}.service`)).optional(),
  pid: integer(1, 2 ** 22, 'a process id').optional(),
  user: z.union([integer(0, 2 ** 32 - 2), text], { error: 'expected a user name or uid' }).optional(),
};

const POOL = section({
  name: text,
  match: section(MATCH).refine(
    (value) => Object.keys(value).length > 0,
    `expected at least one of ${Object.keys(MATCH).join(', ')}`,
  ),
  workers: section({ comm }).optional(),
  size: choice({
    from: oneOf(...SIZE_WAYS).optional(),
    fixed: integer(1, 2 ** 20).optional(),
    metric: text.optional(),
  }).optional(),
  latency: choice({ listen: list(port).optional(), metric: text.optional() }).optional(),
  scrape: section({ url, interval: duration('1s', '1h').default(15) }).optional(),
}).superRefine((pool, context) => {
  for (const key of ['size', 'latency'] as const)
    if (pool[key]?.metric !== undefined && !pool.scrape)
      context.addIssue({ code: 'custom', path: [key, 'metric'], message: 'expected scrape: { url } beside it' });
});

const labels = z.preprocess(
  (value) => value ?? {},
  z.record(
    z.string().regex(/^[a-zA-Z_][a-zA-Z0-9_]*$/, 'expected a label name: letters, digits and _'),
    scalar('text', (value) => (typeof value === 'object' ? undefined : String(value))),
    {
      error: (issue) =>
        issue.code === 'invalid_key'
          ? 'expected a label name: letters, digits and _'
          : `expected a mapping, got ${show(issue.input)}`,
    },
  ),
);

/** The whole file. Limits that the kernel side sets: a pool's index has 8 bits, a thief table 64 entries. */
export const CONFIG = optionalSection({
  interval: duration('1s', '5m').default(5),
  instance: text.optional(),
  discover: onOff.default(true),
  pools: list(POOL),
  drift: optionalSection({
    window: duration('1s', '1h').default(10),
    baseline: duration('1m', '4w').default(3600),
    ratio_min: number(1, 1000).default(1.2),
    false_alarms_per_pool_year: number(0.001, 1000).default(1),
  }),
  rule_files: list(text),
  builtin_rules: onOff.default(true),
  alerting: optionalSection({
    alertmanagers: ALERTMANAGERS,
    resend_delay: duration('1s', '1d').default(60),
    external_labels: labels,
    runbooks: url.optional(),
  }),
  limits: optionalSection({
    pools: integer(1, 255).default(64),
    workers: integer(1, 2 ** 20).default(8192),
    thieves: integer(1, 64).default(10),
    memory: bytes('1MiB').default(64 * 2 ** 20),
    overhead: number(0.0001, 1).default(0.02),
  }),
  probes: optionalSection({
    sched: onOff.default(true),
    tcp: onOff.default(true),
    request: onOff.default(true),
    ring: oneOf('bpf', 'perf').default('bpf'),
  }),
});

export type RawConfig = z.output<typeof CONFIG>;
