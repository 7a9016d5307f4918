import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import type { AlertmanagerConfig } from './config.ts';
import { duration, onOff, text, url } from './scalar.ts';
import { list, section } from './section.ts';

const ENTRY = section({
  url,
  timeout: duration('1s', '1m').default(10),
  basic_auth: section({
    username: text.refine((name) => !name.includes(':'), 'expected a name without a colon'),
    password_file: text,
  }).optional(),
  bearer_token_file: text.optional(),
  tls: section({
    ca_file: text.optional(),
    cert_file: text.optional(),
    key_file: text.optional(),
    server_name: text.optional(),
    insecure_skip_verify: onOff.default(false),
  }).optional(),
}).superRefine((entry, context) => {
  const fault = (path: string[], message: string) => context.addIssue({ code: 'custom', path, message });
  const { username, password, protocol } = new URL(entry.url);
  const ways = [entry.basic_auth, entry.bearer_token_file, username + password || undefined];
  if (ways.filter((way) => way !== undefined).length > 1)
    fault([entry.basic_auth ? 'basic_auth' : 'bearer_token_file'], 'expected one way to sign in, got two');
  const { tls } = entry;
  if (tls && protocol !== 'https:') fault(['tls'], 'expected an https:// URL beside it');
  if (tls?.cert_file && !tls.key_file) fault(['tls', 'cert_file'], 'expected key_file beside it');
  if (tls?.key_file && !tls.cert_file) fault(['tls', 'key_file'], 'expected cert_file beside it');
});

/** A URL alone, or a mapping with how to reach it. */
const URL_OR_ENTRY = z.preprocess((value) => (isObject(value) ? value : { url: value }), ENTRY);

/** `alerting.alertmanagers`. */
export const ALERTMANAGERS = list(URL_OR_ENTRY).superRefine((entries, context) => {
  const names = entries.map((entry) => alertmanagerName(entry.url));
  names.forEach((name, i) => {
    if (names.indexOf(name) < i)
      context.addIssue({ code: 'custom', path: [i, 'url'], message: `two entries are ${name}` });
  });
});

/** The URL without user, password and query: how logs and metrics call an instance. */
export function alertmanagerName(source: string): string {
  const { origin, pathname } = new URL(source);
  return `${origin}${pathname}`.replace(/\/+$/, '');
}

/** Relative file names start at the configuration file's directory. */
export function plainAlertmanager(raw: z.output<typeof ENTRY>, file: string): AlertmanagerConfig {
  const path = (name: string | undefined) => (name === undefined ? null : resolve(dirname(file), name));
  const { basic_auth: basic, tls } = raw;
  return {
    url: raw.url,
    timeoutSeconds: raw.timeout,
    basicAuth: basic ? { username: basic.username, passwordFile: path(basic.password_file)! } : null,
    bearerTokenFile: path(raw.bearer_token_file),
    tls: tls
      ? {
          caFile: path(tls.ca_file),
          certFile: path(tls.cert_file),
          keyFile: path(tls.key_file),
          serverName: tls.server_name ?? null,
          insecureSkipVerify: tls.insecure_skip_verify,
        }
      : null,
  };
}

/** All files that an entry names. */
export function alertmanagerFiles({ basicAuth, bearerTokenFile, tls }: AlertmanagerConfig): string[] {
  const files = [basicAuth?.passwordFile, bearerTokenFile, tls?.caFile, tls?.certFile, tls?.keyFile];
  return files.filter((file) => typeof file === 'string');
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}
