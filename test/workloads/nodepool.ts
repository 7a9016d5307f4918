// nodepool WORKERS BURST_MS PAUSE_MS: worker threads that compute, then sleep.
import { isMainThread, Worker, workerData } from 'node:worker_threads';

const PER_TRY = 1_000_000;

function spin(loops: number): number {
  let sum = 0;
  for (let i = 0; i < loops; i++) sum ^= i;
  return sum;
}

/** Of the fastest try: the one that nothing interrupted. */
function loopsPerMs(): number {
  let best = 0;
  for (let i = 0; i < 20; i++) {
    const start = performance.now();
    spin(PER_TRY);
    best = Math.max(best, PER_TRY / (performance.now() - start));
  }
  return best;
}

function work({ burstMs, pauseMs }: { burstMs: number; pauseMs: number }): void {
  const loops = burstMs * loopsPerMs();
  const turn = () => {
    spin(loops);
    setTimeout(turn, pauseMs);
  };
  turn();
}

if (isMainThread) {
  const [workers, burstMs, pauseMs] = process.argv.slice(2).map(Number);
  for (let i = 0; i < workers!; i++) new Worker(import.meta.filename, { workerData: { burstMs, pauseMs } });
  setTimeout(() => console.log(`ready ${process.pid}`), 300);
  process.stdin.on('end', () => process.exit(0)).resume();
} else {
  work(workerData);
}
