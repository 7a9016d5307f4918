import { closeSync, openSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { SecureVersion, TlsOptions } from 'node:tls';
import { parse } from 'yaml';
import { z } from 'zod';
import { trustedOwners, unsafe } from '../config/safety.ts';
import type { Users } from './auth.ts';

/** Prometheus's web configuration file (exporter-toolkit, docs/web-configuration.md): the part that is understood. */
const SCHEMA = z.strictObject({
  tls_server_config: z
    .strictObject({
      cert_file: z.string(),
      key_file: z.string(),
      client_auth_type: z.enum(['NoClientCert', 'RequireAndVerifyClientCert']).default('NoClientCert'),
      client_ca_file: z.string().optional(),
      min_version: z.enum(['TLS12', 'TLS13']).default('TLS12'),
    })
    .refine((tls) => tls.client_auth_type === 'NoClientCert' || tls.client_ca_file !== undefined, {
      message: 'client_ca_file is needed to verify client certificates',
    })
    .optional(),
  basic_auth_users: z
    .record(
      z
        .string()
        .min(1)
        .regex(/^[^:]+$/, 'a user name has no colon'),
      z.string().regex(/^\$2[aby]\$\d\d\$.{53}$/, 'not a bcrypt hash'),
    )
    .optional(),
});

export type WebConfig = { tls: TlsOptions | null; users: Users | null };

/** Throws an Error with a message for a person. File names in it are relative to its own directory. */
export function loadWebConfig(file: string): WebConfig {
  try {
    const { tls_server_config: tls, basic_auth_users: users } = validated(readTrusted(file));
    const byName = users && Object.keys(users).length > 0 ? new Map(Object.entries(users)) : null;
    return { tls: tls ? tlsOptions(tls, dirname(file)) : null, users: byName };
  } catch (error) {
    throw new Error(`${file}: ${(error as Error).message}`);
  }
}

function validated(text: string): z.infer<typeof SCHEMA> {
  const { success, data, error } = SCHEMA.safeParse(parse(text) ?? {});
  if (success) return data;
  throw new Error(error.issues.map(({ path, message }) => [...path, message].join(': ')).join('; '));
}

function readTrusted(file: string): string {
  const fd = openSync(file, 'r');
  try {
    const problem = unsafe(fd, file, process.getuid!(), trustedOwners(process.env));
    if (problem !== null) throw new Error(problem);
    return readFileSync(fd, 'utf8');
  } finally {
    closeSync(fd);
  }
}

function tlsOptions(tls: NonNullable<z.infer<typeof SCHEMA>['tls_server_config']>, directory: string): TlsOptions {
  const verify = tls.client_auth_type === 'RequireAndVerifyClientCert';
  const read = (name: string) => readFileSync(resolve(directory, name));
  return {
    cert: read(tls.cert_file),
    key: read(tls.key_file),
    ...(tls.client_ca_file && { ca: read(tls.client_ca_file) }),
    requestCert: verify,
    rejectUnauthorized: verify,
    minVersion: tls.min_version.replace('TLS1', 'TLSv1.') as SecureVersion,
  };
}
