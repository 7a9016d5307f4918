import { nowNs } from './clock.ts';
import { sendDatagram } from './kernel/datagram.ts';

export type NotifyOptions = {
  /** NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID: sd_notify(3), sd_watchdog_enabled(3). */
  env: NodeJS.ProcessEnv;
  /** A message could not be sent; said once. */
  onError(reason: string): void;
};

/** Tells a service manager how far the daemon is. Nothing is sent where none has asked. */
export class Notify {
  readonly #socket: string | null;
  readonly #beatMs: number | null;
  readonly #onError: (reason: string) => void;
  #timer: NodeJS.Timeout | undefined;
  #failed = false;

  constructor({ env, onError }: NotifyOptions) {
    this.#socket = env.NOTIFY_SOCKET || null;
    this.#beatMs = this.#socket === null ? null : beatMs(env);
    this.#onError = onError;
  }

  /** It serves, for the first time or after a reload. From the first on, the watchdog hears of it. */
  ready(status: string): void {
    this.#send('READY=1', statusLine(status));
    if (this.#beatMs === null || this.#timer !== undefined) return;
    this.#timer = setInterval(() => this.#send('WATCHDOG=1'), this.#beatMs);
  }

  /** The end of a reload is ready(). */
  reloading(): void {
    const monotonicUs = Math.floor(nowNs() / 1000);
    this.#send('RELOADING=1', `MONOTONIC_USEC=${monotonicUs}`, statusLine('reading the configuration again'));
  }

  stopping(status: string): void {
    this.#send('STOPPING=1', statusLine(status));
  }

  /** A line for a person, as `systemctl status` shows it. */
  status(status: string): void {
    this.#send(statusLine(status));
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #send(...lines: string[]): void {
    if (this.#socket === null) return;
    try {
      sendDatagram(this.#socket, lines.join('\n'));
    } catch (error) {
      if (!this.#failed) this.#onError((error as Error).message);
      this.#failed = true;
    }
  }
}

/** Twice as often as asked, as sd_watchdog_enabled(3) has it; null: not asked, or of another process. */
function beatMs(env: NodeJS.ProcessEnv): number | null {
  const microseconds = Number(env.WATCHDOG_USEC);
  const ours = env.WATCHDOG_PID === undefined || Number(env.WATCHDOG_PID) === process.pid;
  return ours && microseconds > 0 ? microseconds / 2000 : null;
}

/** A line feed would begin another field. */
function statusLine(status: string): string {
  return `STATUS=${status.split('\n')[0]}`;
}
