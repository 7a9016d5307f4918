import { startWorkload } from './workload.ts';

/** What a service manager is told in one datagram: sd_notify(3). */
export type Told = { pid: number; atUs: number; fields: ReadonlyMap<string, string> };

/** A service manager's end of the notify socket: test/workloads/notified.c. */
export class ServiceManager {
  readonly socket: string;
  readonly #line: () => Promise<string>;
  /** Rejects when nothing more is to be waited for. */
  giveUp: Promise<never> = new Promise(() => {});

  private constructor(socket: string, line: () => Promise<string>) {
    this.socket = socket;
    this.#line = line;
  }

  /** `socket`: a path, or `@NAME` for an abstract one. Ended with the test. */
  static async listen(socket: string): Promise<ServiceManager> {
    const { line } = await startWorkload('notified', socket);
    return new ServiceManager(socket, line);
  }

  /** The next message. */
  async next(): Promise<Told> {
    const [, pid, ns, text] = /^(\d+) (\d+) (.*)$/.exec(await Promise.race([this.#line(), this.giveUp]))!;
    const fields = text!.split(';').map((field): [string, string] => {
      const equals = field.indexOf('=');
      return [field.slice(0, equals), field.slice(equals + 1)];
    });
    return { pid: Number(pid), atUs: Number(ns) / 1000, fields: new Map(fields) };
  }

  /** The next message that has a field; those before it are left out. */
  async until(field: string): Promise<Told> {
    for (;;) {
      const told = await this.next();
      if (told.fields.has(field)) return told;
    }
  }
}
