import Mocha from 'mocha';

const { EVENT_RUN_END, EVENT_TEST_PENDING } = Mocha.Runner.constants;
const GRACE_MS = 15_000;

/** Mocha's spec reporter; then each skip with its reason, and "N passed, N failed, N skipped" as the last line. */
export default class ClosingLine extends Mocha.reporters.Spec {
  constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
    super(runner, options);
    const skipped: Mocha.Test[] = [];
    runner.on(EVENT_TEST_PENDING, (test) => skipped.push(test));
    runner.once(EVENT_RUN_END, () => {
      for (const test of skipped) console.log(skipLine(test.fullTitle()));
      const { passes, failures } = runner.stats!;
      console.log(`${passes} passed, ${failures} failed, ${skipped.length} skipped`);
      endHungRun();
    });
  }
}

/** skip() of test/lib/skip.ts leaves the reason at the end of the title. */
function skipLine(title: string): string {
  const [, name, reason] = /^(.*) \(skipped: (.*)\)$/s.exec(title) ?? [];
  return `skipped: ${name ?? title}: ${reason ?? 'no reason given'}`;
}

/** A test that leaves a handle open must not hang the run, nor pass unseen. */
function endHungRun(): void {
  const end = () => {
    console.error(`the run does not end; still open: ${process.getActiveResourcesInfo().join(', ')}`);
    process.exit(1);
  };
  setTimeout(end, GRACE_MS).unref();
}
