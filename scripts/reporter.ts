import Mocha from 'mocha';
import { skipReason } from '../test/lib/skip.ts';

const { EVENT_RUN_END, EVENT_TEST_PENDING } = Mocha.Runner.constants;
const GRACE_MS = 15_000;

/** Mocha's spec reporter; then each skip with its reason, and "N passed, N failed, N skipped" as the last line. */
export default class ClosingLine extends Mocha.reporters.Spec {
  constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
    super(runner, options);
    const skipped: Mocha.Test[] = [];
    runner.on(EVENT_TEST_PENDING, (test) => skipped.push(test));
    runner.once(EVENT_RUN_END, () => {
      for (const test of skipped) console.log(`skipped: ${test.fullTitle()}: ${skipReason(test)}`);
      const { passes, failures } = runner.stats!;
      console.log(`${passes} passed, ${failures} failed, ${skipped.length} skipped`);
      endHungRun();
    });
  }
}

/** A test that leaves a handle open must not hang the run, nor pass unseen. */
function endHungRun(): void {
  const end = () => {
    console.error(`the run does not end; still open: ${process.getActiveResourcesInfo().join(', ')}`);
    process.exit(1);
  };
  setTimeout(end, GRACE_MS).unref();
}
