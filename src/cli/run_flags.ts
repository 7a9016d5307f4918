import { type ListenAddress, parseAddress } from '../web/address.ts';
import { type Flags, noMore, parseFlags, UsageError } from './args.ts';

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export const LOG_FORMATS = ['logfmt', 'json'] as const;
export type LogFormat = (typeof LOG_FORMATS)[number];

/** What the command line of `pooldrift run` says. */
export type RunFlags = {
  /** Null: the default file where there is one. */
  configFile: string | null;
  listen: ListenAddress;
  /** Prometheus's web configuration: TLS and basic auth. */
  webConfigFile: string | null;
  enableLifecycle: boolean;
  logLevel: LogLevel;
  logFormat: LogFormat;
  stateDir: string;
};

export const RUN_FLAGS = {
  'config.file': { value: 'FILE', help: 'configuration (default /etc/pooldrift/pooldrift.yaml where there is one)' },
  'web.listen-address': {
    value: 'HOST:PORT',
    default: '127.0.0.1:10435',
    help: 'where metrics, API and page are served',
  },
  'web.config.file': { value: 'FILE', help: "TLS and basic auth, in the form of Prometheus's web configuration" },
  'web.enable-lifecycle': { help: 'allow POST /-/reload' },
  'log.level': { value: 'LEVEL', default: 'info', choices: LOG_LEVELS, help: LOG_LEVELS.join(', ') },
  'log.format': { value: 'FORMAT', default: 'logfmt', choices: LOG_FORMATS, help: LOG_FORMATS.join(', ') },
  'state.dir': { value: 'DIR', default: '/var/lib/pooldrift', help: 'what is kept over a restart' },
} as const satisfies Flags;

/** Throws a UsageError. */
export function runFlags(argv: readonly string[]): RunFlags {
  const parsed = parseFlags(argv, RUN_FLAGS);
  noMore(parsed);
  const { values } = parsed;
  return {
    configFile: values.get('config.file') ?? null,
    listen: address(values.get('web.listen-address')!),
    webConfigFile: values.get('web.config.file') ?? null,
    enableLifecycle: values.has('web.enable-lifecycle'),
    logLevel: values.get('log.level') as LogLevel,
    logFormat: values.get('log.format') as LogFormat,
    stateDir: values.get('state.dir')!,
  };
}

function address(text: string): ListenAddress {
  try {
    return parseAddress(text);
  } catch (error) {
    throw new UsageError(`--web.listen-address: ${(error as Error).message}`);
  }
}
