import type { LiveEvents } from '../../outputs/live.ts';

export type Handlers = {
  [K in keyof LiveEvents as `on${Capitalize<K>}`]: (data: LiveEvents[K]) => void;
} & {
  /** False: what is shown is no longer live. Told again and again. */
  onLiveness(live: boolean): void;
};

/** The daemon sends something every 2 to 4 s. */
const SILENCE_MS = 7000;
const REOPEN_MS = 3000;
const LOOK_MS = 1000;

/** The daemon's stream, opened again for as long as the page is. */
export class Stream {
  readonly #handlers: Handlers;
  #source: EventSource | null = null;
  #pool: string | null = null;
  #heardMs = Number.NEGATIVE_INFINITY;
  #openedMs = 0;

  constructor(handlers: Handlers) {
    this.#handlers = handlers;
    setInterval(() => this.#look(), LOOK_MS);
  }

  /** `pool`: the one whose explanation and course are wanted too. */
  open(pool: string | null): void {
    this.#source?.close();
    this.#pool = pool;
    this.#openedMs = performance.now();
    const source = new EventSource(`api/v1/stream${pool === null ? '' : `?pool=${encodeURIComponent(pool)}`}`);
    this.#source = source;
    const hear = <K extends keyof LiveEvents>(name: K, tell: (data: LiveEvents[K]) => void) =>
      source.addEventListener(name, (event) => {
        this.#heardMs = performance.now();
        tell(JSON.parse((event as MessageEvent<string>).data) as LiveEvents[K]);
        this.#handlers.onLiveness(true);
      });
    const { onLive, onHistory, onCourse, onExplain } = this.#handlers;
    hear('live', onLive);
    hear('history', onHistory);
    hear('course', onCourse);
    hear('explain', onExplain);
    source.addEventListener('error', () => {
      this.#heardMs = Number.NEGATIVE_INFINITY;
      this.#look();
    });
  }

  /** A stream that was refused, or says nothing, is opened anew. */
  #look(): void {
    const now = performance.now();
    const silent = now - this.#heardMs > SILENCE_MS;
    if (silent) this.#handlers.onLiveness(false);
    const stuck = this.#source?.readyState === EventSource.CLOSED || now - this.#openedMs > 2 * SILENCE_MS;
    if (silent && stuck && now - this.#openedMs > REOPEN_MS) this.open(this.#pool);
  }
}
