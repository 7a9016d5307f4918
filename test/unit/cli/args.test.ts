import assert from 'node:assert/strict';
import { parseFlags, UsageError } from '../../../src/cli/args.ts';
import { runFlags } from '../../../src/cli/run_flags.ts';

const FLAGS = { url: { value: 'URL', default: 'x', help: '' }, once: { help: '' } };

describe('flags of run', () => {
  it('have the documented defaults', () => {
    assert.deepEqual(runFlags([]), {
      configFile: null,
      listen: { host: '127.0.0.1', port: 10435 },
      webConfigFile: null,
      enableLifecycle: false,
      logLevel: 'info',
      logFormat: 'logfmt',
      stateDir: '/var/lib/pooldrift',
    });
  });

  it('are taken with = and with a space', () => {
    const flags = runFlags([
      '--config.file=/a=b.yaml',
      '--web.listen-address',
      '[::1]:9',
      '--web.enable-lifecycle',
      '--log.level=debug',
    ]);
    assert.equal(flags.configFile, '/a=b.yaml');
    assert.deepEqual(flags.listen, { host: '::1', port: 9 });
    assert.equal(flags.enableLifecycle, true);
    assert.equal(flags.logLevel, 'debug');
  });

  for (const [argv, message] of [
    [['--web.listen-adress=:1'], /^unknown flag "--web\.listen-adress", did you mean '--web\.listen-address'\?$/],
    [['--nothing-like-it'], /^unknown flag "--nothing-like-it", known here: --config\.file, /],
    [['-v'], /^unknown flag "-v"/],
    [['--log.level=loud'], /^--log\.level is one of debug, info, warn, error, not "loud"$/],
    [['--log.level'], /^--log\.level needs LEVEL$/],
    [['--config.file='], /^--config\.file needs FILE$/],
    [['--web.enable-lifecycle=no'], /^--web\.enable-lifecycle takes no value$/],
    [['--web.listen-address=10435'], /^--web\.listen-address: "10435" is no listen address/],
    [['extra'], /^unexpected argument "extra"$/],
    [['--toString=1'], /^unknown flag "--toString"/],
  ] as const) {
    it(`refuse ${argv.join(' ')}`, () =>
      assert.throws(
        () => runFlags(argv),
        (error: Error) => error instanceof UsageError && message.test(error.message),
      ));
  }
});

describe('flags', () => {
  it('leave what follows -- alone', () => {
    const { values, positionals } = parseFlags(['--once', '--', '--url'], FLAGS);
    assert.deepEqual(
      [[...values], positionals],
      [
        [
          ['once', 'true'],
          ['url', 'x'],
        ],
        ['--url'],
      ],
    );
  });

  it('take the last of several', () => assert.equal(parseFlags(['--url=a', '--url=b'], FLAGS).values.get('url'), 'b'));
});
