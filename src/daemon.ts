import type { Server } from 'node:http';
import { hostname } from 'node:os';
import { Alerting } from './alerting/alerting.ts';
import { logSink, openScreen, showPools } from './cli/live.ts';
import { createLogger, type Logger } from './cli/log.ts';
import { effectiveCapabilities, optionalPrivileges } from './cli/privileges.ts';
import type { RunFlags } from './cli/run_flags.ts';
import { type Config, formatFault } from './config/config.ts';
import { configFile } from './config/load.ts';
import { KernelError } from './kernel/errors.ts';
import { inspectKernel, requireKernel } from './kernel/features.ts';
import { buildInfo, version } from './metrics/build.ts';
import { Notify } from './notify.ts';
import { loadConfigAndRules } from './rules/load/files.ts';
import type { RuleGroup } from './rules/rule.ts';
import { Served } from './served.ts';
import { bootId } from './state/boot.ts';
import { StateFolder } from './state/folder.ts';
import { Watch } from './watch.ts';
import { addressUrl, exposure, type ListenAddress } from './web/address.ts';
import { createApp, type WebSource } from './web/app.ts';
import { readAssets } from './web/assets.ts';
import { basicAuth } from './web/auth.ts';
import { listen, stopServer } from './web/listen.ts';
import { Live } from './web/live/live.ts';
import { loadWebConfig, type WebConfig } from './web/web_config.ts';

const FAILED = 1;

/** Starts everything, runs until SIGTERM or SIGINT, leaves nothing attached. Returns the exit code. */
export async function runDaemon(flags: RunFlags): Promise<number> {
  process.title = 'pooldrift';
  const screen = openScreen();
  const log = createLogger(flags.logLevel, flags.logFormat, logSink(screen));
  const notify = new Notify({ env: process.env, onError: (reason) => log.warn(`the service manager: ${reason}`) });
  try {
    return await serve(flags, log, notify, screen);
  } catch (error) {
    screen?.close();
    notify.status(explained(error));
    if (error instanceof KernelError) log.debug({ code: error.code }, error.log || error.message);
    process.stderr.write(explained(error));
    return FAILED;
  } finally {
    notify.close();
  }
}

async function serve(
  flags: RunFlags,
  log: Logger,
  notify: Notify,
  screen: ReturnType<typeof openScreen>,
): Promise<number> {
  const { config, groups } = readConfig(flags);
  const web = flags.webConfigFile === null ? { tls: null, users: null } : loadWebConfig(flags.webConfigFile);
  warnExposed(flags.listen, web, log);
  requireKernel(inspectKernel());
  for (const { ok, detail, lost } of optionalPrivileges(effectiveCapabilities()))
    if (!ok) log.warn(`${detail}; lost: ${lost}`);
  const stopped = stopSignal();
  const state = StateFolder.open(flags.stateDir, log, { version: version() });
  const watch = await Watch.start(config, { build: buildInfo(), state, bootId: bootId(), log });
  const served = new Served(watch);
  try {
    const alerting = Alerting.start({
      config,
      groups,
      families: (names) => served.beat(names),
      scrapes: watch.scrapes,
      state,
      log,
    });
    served.alerting = alerting;
    const live = new Live({
      intervalMs: config.intervalSeconds * 1000,
      read: () => served.read(),
      onError: (error) => log.error({ err: error }, 'the page'),
    });
    served.onBeat = (reading) => live.beat(reading);
    const parts = { watch, alerting, served, live, log, notify };
    const reload = () => reloadConfig(flags, parts);
    const server = await startServer(flags, web, config, reload, parts);
    live.begin();
    const url = addressUrl({ ...flags.listen, port: portOf(server) }, web.tls !== null);
    log.info({ url }, 'serving');
    const hangup = () => void reload().catch(() => {});
    process.on('SIGHUP', hangup);
    notify.ready(`serving ${url}`); // a reload that it is asked for at once is obeyed
    watch.live = screen !== null;
    const hide =
      screen &&
      showPools(
        screen,
        () => served.read(),
        url,
        (error) => log.error(error, 'table'),
      );
    const signal = await stopped;
    hide?.();
    log.info({ signal }, 'stopping');
    notify.stopping(`stopping (${signal})`);
    process.off('SIGHUP', hangup);
    live.end();
    await stopServer(server);
    return 0;
  } finally {
    await served.alerting?.close();
    watch.close();
    state.close();
  }
}

type Parts = { watch: Watch; alerting: Alerting; served: Served; live: Live; log: Logger; notify: Notify };

type Configured = { config: Config; groups: RuleGroup[] };

/** Every fault of the file and of the rule files, a line each, is the message. */
function readConfig(flags: RunFlags): Configured {
  const { config, groups, faults } = loadConfigAndRules(configFile(flags.configFile ?? undefined));
  if (config === null) throw new Error(faults.map(formatFault).join('\n'));
  return { config, groups };
}

/** A bad configuration leaves the old one in force. */
async function reloadConfig(flags: RunFlags, { watch, alerting, served, log, notify }: Parts): Promise<void> {
  notify.reloading();
  try {
    const { config, groups } = readConfig(flags);
    watch.reload(config);
    alerting.reload(config, groups);
    served.reloaded(true);
    log.info('configuration reloaded');
    notify.ready('configuration reloaded');
  } catch (error) {
    served.reloaded(false);
    const faults = (error as Error).message.split('\n');
    for (const fault of faults) log.error(`reload: ${fault}`);
    log.error('the old configuration stays in force');
    notify.ready(`the old configuration stays in force: ${faults[0]}`);
    throw error;
  }
}

function startServer(
  flags: RunFlags,
  web: WebConfig,
  config: Config,
  reload: () => Promise<void>,
  { watch, served, live, log }: Parts,
): Promise<Server> {
  const source: WebSource = {
    ready: () => watch.ready,
    read: () => served.read(),
    recent: () => served.recent(),
    alerts: () => served.alerts(),
    ownFamilies: () => served.ownFamilies(),
    reload,
    baseline: (pool) => served.baseline(pool),
  };
  const app = createApp(source, {
    live,
    assets: readAssets(),
    enableLifecycle: flags.enableLifecycle,
    ownNames: [hostname(), config.instance],
    auth: web.users === null ? null : basicAuth(web.users),
    onError: (error, path) => log.error({ err: error, path }, 'answering failed'),
  });
  return listen(app, flags.listen, web.tls, (error) => log.error({ err: error }, 'serving'));
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

function warnExposed(address: ListenAddress, web: WebConfig, log: Logger): void {
  const warning = exposure(address, { tls: web.tls !== null, auth: web.users !== null });
  if (warning !== null) log.warn(warning);
}

function stopSignal(): Promise<NodeJS.Signals> {
  const { promise, resolve } = Promise.withResolvers<NodeJS.Signals>();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, resolve);
  return promise;
}

/** What a person at the terminal reads: what, why, and what to do. */
function explained(error: unknown): string {
  if (!(error instanceof Error)) return `pooldrift: ${String(error)}\n`;
  const remedy = error instanceof KernelError && error.remedy !== '' ? `  ${error.remedy}\n` : '';
  const known = error instanceof KernelError || error.constructor === Error;
  return `pooldrift: ${known ? error.message : error.stack}\n${remedy}`;
}
