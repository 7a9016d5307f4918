import { parentPort, workerData } from 'node:worker_threads';
import { loadObject, runOnce } from './libbpf.ts';
import { seen, WAYS, type Way } from './ring-ways.ts';

/** What test/bench/bpf/ring.bpf.c writes in one run: the tids 0 to 59,999. */
const RECORDS = 60_000;
const TID_SUM = (RECORDS * (RECORDS - 1)) / 2;

/** One way in a thread of its own: the compiler sees one handler, as in the daemon. Each message asks for one fill. */
const { name, path } = workerData as { name: string; path: string };
const object = await loadObject('ring', path);
const way = WAYS[name]!(object.mapFd('events'));
parentPort!.on('message', () => parentPort!.postMessage(oneFill(way)));

/** Nanoseconds a record. */
function oneFill({ sees, consume }: Way): number {
  if (runOnce(object.programFd('fill')) !== 0) throw new Error(`the ring was not empty before: ${name}`);
  seen.tids = 0;
  const start_ns = process.hrtime.bigint();
  const records = consume();
  const ns = Number(process.hrtime.bigint() - start_ns);
  const right = records === RECORDS && (!sees || seen.tids === TID_SUM);
  if (!right) throw new Error(`${name}: read other records than were written`);
  return ns / RECORDS;
}
