import Mocha from 'mocha';

const { EVENT_RUN_END, EVENT_TEST_PASS, EVENT_TEST_PENDING, EVENT_TEST_RETRY } = Mocha.Runner.constants;
const GRACE_MS = 15_000;
/** Of an error's message. */
const LONGEST = 300;

/**
 * Mocha's spec reporter; then each skip with its reason, each test that passed at a later try only with what the first
 * one said, and "N passed, N failed, N skipped" as the last line.
 */
export default class ClosingLine extends Mocha.reporters.Spec {
  constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
    super(runner, options);
    const skipped: Mocha.Test[] = [];
    const missed = new Map<string, string>();
    const late: string[] = [];
    runner.on(EVENT_TEST_PENDING, (test) => skipped.push(test));
    runner.on(EVENT_TEST_RETRY, (test, error: unknown) => {
      if (currentTry(test) === 0) missed.set(test.fullTitle(), lineOf(error));
    });
    runner.on(EVENT_TEST_PASS, (test) => {
      if (currentTry(test) > 0) late.push(`second try: ${test.fullTitle()}: ${missed.get(test.fullTitle())}`);
    });
    runner.once(EVENT_RUN_END, () => {
      for (const test of skipped) console.log(skipLine(test.fullTitle()));
      for (const line of late) console.log(line);
      const { passes, failures } = runner.stats!;
      console.log(`${passes} passed, ${failures} failed, ${skipped.length} skipped`);
      endHungRun();
    });
  }
}

/** From 0. Mocha's own reporters ask for it; its types keep it from them. */
function currentTry(test: Mocha.Test): number {
  return (test as unknown as { currentRetry(): number }).currentRetry();
}

/** The message on one line, cut where it is long. */
function lineOf(error: unknown): string {
  const text = (error instanceof Error ? error.message : String(error)).replace(/\s+/g, ' ').trim();
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}...` : text;
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
