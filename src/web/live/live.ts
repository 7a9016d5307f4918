import type { RequestHandler } from 'express';
import type { Reading } from '../../metrics/reading.ts';
import { type LivePool, liveExplain, livePools } from '../../outputs/live.ts';
import { sendError } from '../error.ts';
import { Clients } from './clients.ts';
import { eventOf } from './event.ts';
import { History, type Now } from './history.ts';
import { LiveState } from './state.ts';
import { WaitSteps } from './wait_steps.ts';

/** Clients hear no more often than this, in even parts of an interval or once in several. */
const TICK_LEAST_MS = 2000;
/** The history's steps are whole intervals, no shorter than this. */
const STEP_LEAST_MS = 4000;
export const CLIENTS_MAX = 200;
const RETRY_SECONDS = 10;

export type LiveOptions = {
  /** From one beat() to the next. */
  intervalMs: number;
  read(): Reading;
  onError(error: unknown): void;
  now?(): Now;
};

const systemNow = (): Now => ({ monotonicMs: performance.now(), wallMs: Date.now() });

/** GET /api/v1/stream: the page's figures as they change, read and written once for all clients; and the last hour. */
export class Live {
  readonly #options: Required<LiveOptions>;
  readonly #history: History;
  readonly #beatsAStep: number;
  readonly #beatsATick: number;
  readonly #ticksABeat: number;
  readonly #waits = new WaitSteps();
  readonly #clients = new Clients();
  readonly #state = new LiveState();
  /** Of the newest tick, by what it is; made when the first client asks. */
  readonly #cached = new Map<string, Buffer>();
  #reading: Reading | null = null;
  #timer: NodeJS.Timeout | undefined;
  #beats = 0;

  constructor(options: LiveOptions) {
    this.#options = { now: systemNow, ...options };
    const { intervalMs } = options;
    this.#beatsAStep = Math.ceil(STEP_LEAST_MS / intervalMs);
    this.#beatsATick = Math.ceil(TICK_LEAST_MS / intervalMs);
    this.#ticksABeat = Math.max(1, Math.floor(intervalMs / TICK_LEAST_MS));
    this.#history = new History(this.#beatsAStep * intervalMs);
  }

  begin(): void {
    this.#await(this.#ticksABeat - 1);
  }

  /** Ends the streams too. */
  end(): void {
    clearTimeout(this.#timer);
    this.#clients.end();
  }

  get clients(): number {
    return this.#clients.size;
  }

  #guarded(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#options.onError(error);
    }
  }

  /** Between two beats; where nobody listens it costs nothing. */
  tick(): void {
    if (this.#clients.size > 0) this.#send(this.#options.read(), false);
  }

  /** Once each interval, with what others have read: a step of the history, or a tick that needs no reading. */
  beat(reading: Reading): void {
    const nth = this.#beats++;
    const stepped = nth % this.#beatsAStep === 0;
    this.#guarded(() => {
      if (stepped) this.#step(reading);
      if (this.#clients.size > 0 && (stepped || nth % this.#beatsATick === 0)) this.#send(reading, stepped);
    });
    this.#await(this.#ticksABeat - 1);
  }

  /** So many ticks until the next beat. */
  #await(ticks: number): void {
    clearTimeout(this.#timer);
    if (ticks === 0) return;
    this.#timer = setTimeout(() => {
      this.#guarded(() => this.tick());
      this.#await(ticks - 1);
    }, this.#options.intervalMs / this.#ticksABeat).unref(); // rules are evaluated after its end, too
  }

  #step(reading: Reading): void {
    this.#waits.step(reading);
    this.#history.add(this.#pools(reading), this.#options.now());
  }

  #send(reading: Reading, stepped: boolean): void {
    const update = this.#take(reading, stepped);
    const ofPool = new Map([...this.#clients.pools()].map((pool) => [pool, this.#explain(pool)]));
    this.#clients.send(eventOf('live', update), ofPool);
  }

  #take(reading: Reading, stepped: boolean) {
    this.#cached.clear();
    this.#reading = reading;
    return this.#state.take(reading, this.#pools(reading), stepped);
  }

  #pools(reading: Reading): LivePool[] {
    return livePools(reading, this.#waits.newest);
  }

  readonly serve: RequestHandler = (request, response) => {
    if (this.#clients.size >= CLIENTS_MAX) {
      response.set('Retry-After', String(RETRY_SECONDS));
      return sendError(response, 503, 'busy', `${CLIENTS_MAX} pages are open already`);
    }
    response.set({ 'Content-Type': 'text/event-stream; charset=utf-8', 'X-Accel-Buffering': 'no' });
    if (request.method === 'HEAD') return void response.end();
    if (this.#clients.size === 0) this.#take(this.#options.read(), false);
    const pool = new URL(request.url, 'http://localhost').searchParams.get('pool');
    this.#clients.add(response, pool, this.#first(pool));
  };

  /** What a client begins with. */
  #first(pool: string | null): Buffer[] {
    const now = this.#options.now();
    const all = this.#once('live', () => eventOf('live', this.#state.whole()));
    const history = this.#once('history', () => eventOf('history', this.#history.coarse(now)));
    if (pool === null) return [all, history];
    const course = this.#once(`course ${pool}`, () => {
      const kept = this.#history.course(pool, now);
      return eventOf('course', kept ?? { pool, stepMs: this.#history.stepMs, atMs: [], fields: {}, waits: [] });
    });
    return [all, history, course, this.#explain(pool)];
  }

  #explain(pool: string): Buffer {
    return this.#once(`explain ${pool}`, () => eventOf('explain', liveExplain(pool, this.#reading!)));
  }

  #once(key: string, make: () => Buffer): Buffer {
    const made = this.#cached.get(key) ?? make();
    this.#cached.set(key, made);
    return made;
  }
}
