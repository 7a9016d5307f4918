import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { scratch } from './build.ts';
import { end, start } from './children.ts';
import { CORE, collect } from './held.ts';
import type { WebServer } from './webserver.ts';

/** Where the load comes from: not the measured core, where there is another. */
const CLIENT_CORE = CORE > 0 ? 0 : CORE;

/** What wrk counted exactly; its own report is rounded. */
const SCRIPT = `done = function(summary)
  local e = summary.errors
  local errors = e.connect + e.read + e.write + e.status + e.timeout
  io.write(string.format("\\ncounted %d %d %d\\n", summary.requests, summary.duration, errors))
end
`;

export type Load = { requests: number; us: number };

/** Closed-loop load by one thread on another core. @throws where a request fails */
export async function wrk({ port }: WebServer, connections: number, seconds: number): Promise<Load> {
  const script = join(scratch(), 'counted.lua');
  writeFileSync(script, SCRIPT);
  const flags = ['-t', '1', '-c', `${connections}`, '-d', `${seconds}`, '-s', script];
  const command = ['taskset', '-c', `${CLIENT_CORE}`, 'wrk', ...flags, `http://127.0.0.1:${port}/`];
  const child = start(command, { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    const text = await collect(child);
    const [requests, us, errors] = (/^counted (\d+) (\d+) (\d+)$/m.exec(text) ?? []).slice(1).map(Number);
    if (!requests || !us || errors !== 0) throw new Error(`wrk counted no requests, or errors: ${text || 'nothing'}`);
    return { requests, us };
  } finally {
    await end(child);
  }
}
