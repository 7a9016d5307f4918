// Performs the jobs that its parent sends, one at a time.
import { setPriority } from 'node:os';
import { type Job, perform } from './jobs.ts';

setPriority(19);
process.on('disconnect', () => process.exit());
process.on('message', (job: Job) => {
  const before = process.cpuUsage();
  const done = perform(job);
  const { user, system } = process.cpuUsage(before);
  if (process.connected) process.send!({ done, cpuSeconds: (user + system) / 1e6 });
});
