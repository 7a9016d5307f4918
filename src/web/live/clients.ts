import type { ServerResponse } from 'node:http';

/** What one that reads slowly may have waiting; the bytes are shared by all clients. */
const WAITING_BYTES_MAX = 2 ** 20;
/** One whose answers wait for so many ticks in a row is dropped. */
const BEHIND_MAX = 5;

export type Client = { response: ServerResponse; pool: string | null; behind: number };

/** Those who listen: each is sent the same bytes, or dropped where it does not take them. */
export class Clients {
  readonly #all = new Set<Client>();

  get size(): number {
    return this.#all.size;
  }

  /** Names of pools that somebody has open. */
  pools(): Set<string> {
    return new Set([...this.#all].flatMap(({ pool }) => (pool === null ? [] : [pool])));
  }

  add(response: ServerResponse, pool: string | null, first: readonly Buffer[]): void {
    const client: Client = { response, pool, behind: 0 };
    this.#all.add(client);
    response.once('close', () => this.#all.delete(client));
    response.on('error', () => this.#drop(client));
    for (const bytes of first) response.write(bytes);
  }

  /** To all, then to those who have a pool open what is of that pool. */
  send(toAll: Buffer, ofPool: ReadonlyMap<string, Buffer>): void {
    for (const client of this.#all) {
      const { response, pool } = client;
      client.behind = response.writableLength > 0 ? client.behind + 1 : 0;
      if (client.behind > BEHIND_MAX || response.writableLength > WAITING_BYTES_MAX) {
        this.#drop(client);
        continue;
      }
      response.write(toAll);
      const more = pool === null ? undefined : ofPool.get(pool);
      if (more !== undefined) response.write(more);
    }
  }

  end(): void {
    for (const { response } of this.#all) response.end();
    this.#all.clear();
  }

  #drop(client: Client): void {
    this.#all.delete(client);
    client.response.destroy();
  }
}
