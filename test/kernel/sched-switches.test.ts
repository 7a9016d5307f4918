import { setTimeout as sleep } from 'node:timers/promises';
import { within } from '../lib/compare.ts';
import { openProbe, sum } from '../lib/probe.ts';
import { contextSwitches } from '../lib/procfs.ts';
import { startWorkload } from '../lib/workload.ts';

describe('switches', function () {
  this.timeout(60_000);

  it('voluntary + involuntary + idle are those of /proc/stat', async () => {
    await startWorkload('burst', 4, 12, 100);
    await startWorkload('busy', 3);
    const probe = await openProbe({ countAll: true });
    const [ctxt, counted] = [contextSwitches(), sum(Object.values(probe.hostSwitches()))];
    await sleep(3000);
    const [ctxtAfter, countedAfter] = [contextSwitches(), sum(Object.values(probe.hostSwitches()))];
    within(countedAfter - counted, ctxtAfter - ctxt, 0.001, 'switches of the host');
  });
});
