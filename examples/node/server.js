// SPDX-License-Identifier: Apache-2.0
// An HTTP server that hands its work to a pool of worker threads: watch it with pooldrift.
//
//   node examples/node/server.js --port 8081 --workers 4 --rounds 2000
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

function hash(rounds) {
  let sum = Buffer.from('pooldrift');
  for (let i = 0; i < rounds; i++) sum = createHash('sha256').update(sum).digest();
  return sum.toString('hex');
}

/** A fixed number of workers; what finds none idle waits its turn. */
class Pool {
  #idle = [];
  #waiting = [];

  constructor(size, rounds) {
    for (let i = 0; i < size; i++) this.#idle.push(new Worker(import.meta.filename, { workerData: { rounds } }));
  }

  run(answer) {
    const worker = this.#idle.pop();
    if (!worker) return this.#waiting.push(answer);
    worker.once('message', (sum) => {
      answer(sum);
      this.#idle.push(worker);
      const next = this.#waiting.shift();
      if (next) this.run(next);
    });
    worker.postMessage('go');
  }

  close() {
    for (const worker of this.#idle) worker.unref();
  }
}

function serve() {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '8081' },
      workers: { type: 'string', default: '4' },
      rounds: { type: 'string', default: '2000' },
    },
  });
  const pool = new Pool(Number(values.workers), Number(values.rounds));
  const server = createServer((_, response) => pool.run((sum) => response.end(`${sum}\n`)));
  server.listen(Number(values.port), '127.0.0.1', () => console.log(`http://127.0.0.1:${values.port}`));
  process.once('SIGTERM', () => server.close(() => pool.close()));
}

if (isMainThread) serve();
else parentPort.on('message', () => parentPort.postMessage(hash(workerData.rounds)));
