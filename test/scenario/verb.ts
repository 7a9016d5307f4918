import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { POOLDRIFT } from './daemon.ts';

export type Said = { code: number | null; out: string; err: string };

/** Runs `pooldrift ARGS`, behind the commands of `wrap`, to its end. */
export async function pooldrift(args: readonly string[], wrap: readonly string[] = []): Promise<Said> {
  return command([...wrap, POOLDRIFT, ...args]);
}

/** Runs any program to its end, `input` on its standard input. */
export async function command([program, ...args]: readonly string[], input = ''): Promise<Said> {
  const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin:/usr/local/go/bin` };
  const child = spawn(program!, args, { stdio: ['pipe', 'pipe', 'pipe'], timeout: 60_000, env });
  child.stdin.on('error', () => {}).end(input); // EPIPE: it did not read it
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code: child.exitCode, out, err };
}
