// Simulates what is asked for, for tuning: prints the tables. The published ones are made by `npm run test:long`.
import { parseArgs } from 'node:util';
import { performAll } from './crew.ts';
import { of } from './findings.ts';
import { LONG, plan, SCORING_SEED, type Size } from './plan.ts';
import { report } from './report.ts';
import { Store } from './store.ts';

const USAGE = `node test/sim/main.ts [--shapes a,b] [--rates 1000,100] [--hours N] [--delays TRIALS] [--spells TRIALS]
                      [--seed N] [--workers N] [--alarms]
Seeds below ${SCORING_SEED} are for tuning. --alarms prints each alarm.`;

const { values } = parseArgs({
  options: {
    shapes: { type: 'string', default: LONG.shapes.join() },
    rates: { type: 'string', default: LONG.rates.join() },
    hours: { type: 'string', default: '0' },
    delays: { type: 'string', default: '0' },
    spells: { type: 'string', default: '0' },
    seed: { type: 'string', default: '1' },
    workers: { type: 'string', default: '1' },
    alarms: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) console.log(USAGE);
else await simulate();

async function simulate(): Promise<void> {
  const size: Size = {
    shapes: values.shapes.split(','),
    rates: values.rates.split(',').map(Number),
    seed: Number(values.seed),
    hours: () => Number(values.hours),
    delayTrials: Number(values.delays),
    spellTrials: Number(values.spells),
  };
  const kept = await performAll(plan(size), new Store(), Number(values.workers));
  for (const { job, result } of values.alarms ? of(kept, 'healthy', {}) : []) {
    for (const alarm of result.alarms) console.log(job.shape, job.rate, job.seed, JSON.stringify(alarm));
  }
  console.log(report(kept, size));
  const cpuSeconds = kept.reduce((sum, each) => sum + each.cpuSeconds, 0);
  console.log(`\n${cpuSeconds.toFixed(0)} CPU-seconds`);
}
