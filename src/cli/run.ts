import { runFlags } from './run_flags.ts';

/** `pooldrift run`: the daemon; ends with its exit code. */
export async function run(argv: string[]): Promise<number> {
  const flags = runFlags(argv);
  const { runDaemon } = await import('../daemon.ts');
  return runDaemon(flags);
}
