import { Baseline } from './baseline.ts';
import { Calm } from './calm.ts';
import { LADDER, SHORT_EFFECTS } from './ladder.ts';
import type { Norm } from './norm.ts';
import { hasLasted, onsetOf } from './onset.ts';
import { Recent } from './recent.ts';
import { ageOf, momentOf, parseSaved, type Saved, savedAs } from './saved.ts';
import { longestSignificant, shortestSignificant } from './scan.ts';
import { Slices } from './slices.ts';
import type { DriftChange, DriftOptions, DriftReading, Ending, Episode, Second } from './types.ts';

const SECOND_NS = 1e9;
/** A second that is so late says nothing of the seconds before it. */
const GAP_SECONDS = 5;
const REBASELINED_NS = 6 * 3600e9;
const SILENT_NS = 900e9;
/** A drift must have lasted for this much of a window: then it is found within one, for a second is whole. */
const HELD = 0.85;
/** The onset is looked for so far back: in windows of drift.window, in lengths of the longest that shows it. */
const SEARCH_WINDOWS = 6;
const SEARCH_LENGTHS = 2;
const NOTHING: readonly DriftChange[] = Object.freeze([]);

function listOf(a: DriftChange | null, b: DriftChange | null = null, c: DriftChange | null = null) {
  return a === null && b === null && c === null ? NOTHING : [a, b, c].filter((change) => change !== null);
}

function episodeOf({ sinceAge, foundAge, scaleSeconds }: NonNullable<Saved['episode']>, savedAtNs: number): Episode {
  return { sinceNs: momentOf(sinceAge, savedAtNs), foundNs: momentOf(foundAge, savedAtNs), scaleSeconds };
}

/** Says when one pool's P99 has drifted from what is normal for it. Pure: time comes with the seconds. */
export class PoolDrift {
  readonly #options: DriftOptions;
  readonly #baseline: Baseline;
  readonly #calm: Calm;
  readonly #recent: Recent;
  #slices: Slices | null = null;
  readonly #short = new Float64Array(SHORT_EFFECTS.length);
  #episode: Episode | null = null;
  /** Window length that first showed what may become an episode; 0: none. */
  #suspectSeconds = 0;
  /** The last call, and the grid of whole seconds that it lies on. */
  #lastNs: number | null = null;
  #gridNs: number | null = null;
  #lastRequestNs: number | null = null;

  constructor(options: DriftOptions) {
    this.#options = options;
    this.#baseline = new Baseline(options);
    this.#calm = new Calm(options.windowSeconds);
    this.#recent = new Recent(Math.max(LADDER.at(-1)!, Math.ceil(1.25 * options.windowSeconds)));
  }

  /** One second, or a few where the timer was late. `startUp`: its requests are not the pool's usual ones. */
  add(second: Second, said?: { startUp?: boolean }): readonly DriftChange[] {
    const { atNs, requests } = second;
    const seconds = this.#advance(atNs);
    if (seconds === 0) return NOTHING;
    const outlived = this.#outlived(atNs, requests);
    if (said?.startUp || seconds > GAP_SECONDS) {
      this.pause();
      return listOf(outlived);
    }
    this.#count(second, seconds);
    if (this.#episode !== null) return listOf(outlived, this.#calmed(atNs));
    const armed = this.#learn(second, seconds);
    return listOf(outlived, armed, this.#slices === null ? null : this.#search(atNs));
  }

  #learn(second: Second, seconds: number): DriftChange | null {
    const fresh = this.#baseline.norm === null;
    if (!this.#baseline.add(second, seconds, this.#suspectSeconds > 0)) return null;
    this.#useNorm(this.#baseline.norm!);
    return fresh ? { kind: 'armed', baseline: this.read().baseline! } : null;
  }

  /** Seconds since the last call, one at least; 0 where time stood still or went back. */
  #advance(atNs: number): number {
    const [last, grid] = [this.#lastNs, this.#gridNs];
    if (last !== null && atNs <= last) return 0;
    this.#lastNs = atNs;
    const seconds = grid === null ? 1 : Math.round((atNs - grid) / SECOND_NS);
    this.#gridNs = grid === null || seconds > GAP_SECONDS ? atNs : grid + seconds * SECOND_NS;
    return Math.max(1, seconds);
  }

  #count({ requests, tail }: Second, seconds: number): void {
    const slices = this.#slices;
    if (slices === null) return;
    slices.count(tail);
    const { beyond } = slices;
    const [q, calm, effect] = [beyond[0]! / seconds, beyond[1]! / seconds, beyond[2]! / seconds];
    for (let i = 0; i < this.#short.length; i++) this.#short[i] = beyond[3 + this.#short.length - 1 - i]! / seconds;
    const each = requests / seconds;
    for (let i = 0; i < seconds; i++)
      this.#recent.push(each, each * this.#baseline.norm!.share, q, effect, calm, this.#short);
  }

  #useNorm({ q, calm, effect, short }: Norm): void {
    this.#slices = new Slices([q, calm, effect, ...short.toReversed()]);
  }

  /** What may become an episode becomes one when it has lasted. */
  #search(atNs: number): DriftChange | null {
    const { scales } = this.#baseline.norm!;
    const longest = longestSignificant(this.#recent, scales, this.#suspectSeconds > 0);
    if (longest < 0) {
      this.#suspectSeconds = 0;
      return null;
    }
    if (this.#suspectSeconds === 0) this.#suspectSeconds = scales[shortestSignificant(this.#recent, scales)]!.seconds;
    const { windowSeconds } = this.#options;
    const searched = Math.max(SEARCH_LENGTHS * scales[longest]!.seconds, Math.ceil(SEARCH_WINDOWS * windowSeconds));
    const onset = onsetOf(this.#recent, searched);
    if (!hasLasted(this.#recent, onset, HELD * windowSeconds)) return null;
    return this.#begin(Math.round(atNs - onset.agoSeconds * SECOND_NS), atNs);
  }

  #begin(sinceNs: number, atNs: number): DriftChange {
    const episode = { sinceNs, foundNs: atNs, scaleSeconds: this.#suspectSeconds };
    this.#episode = episode;
    this.#suspectSeconds = 0;
    this.#calm.began(sinceNs);
    this.#baseline.withdraw(sinceNs, atNs);
    this.#useNorm(this.#baseline.norm!);
    return { kind: 'began', episode };
  }

  /** An episode that ends whatever the seconds say. */
  #outlived(atNs: number, requests: number): DriftChange | null {
    const since = this.#lastRequestNs ?? atNs;
    if (requests > 0 || this.#lastRequestNs === null) this.#lastRequestNs = atNs;
    const silentNs = atNs - since;
    if (this.#episode === null) {
      if (silentNs > this.#options.baselineSeconds * SECOND_NS) this.#fresh();
      return null;
    }
    if (silentNs >= SILENT_NS) return this.#end(atNs, 'silent');
    if (atNs - this.#episode.sinceNs < REBASELINED_NS) return null;
    const ended = this.#end(atNs, 'rebaselined');
    this.#fresh();
    return ended;
  }

  #calmed(atNs: number): DriftChange | null {
    const seconds = this.#calm.reached(this.#recent, (atNs - this.#episode!.sinceNs) / SECOND_NS);
    if (seconds === 0) return null;
    return this.#end(atNs, 'over', seconds);
  }

  /** Of the last seconds, `kept` were healthy. */
  #end(atNs: number, why: Ending, kept = 0): DriftChange {
    const episode = this.#episode!;
    this.#episode = null;
    this.#calm.endedNs = atNs;
    this.#recent.forget(kept);
    return { kind: 'ended', episode, atNs, why };
  }

  /** A fresh baseline begins. */
  #fresh(): void {
    this.pause();
    this.#baseline.clear();
    this.#slices = null;
  }

  /** Begins a fresh baseline, whatever was normal before. */
  anew(atNs: number): DriftChange[] {
    const changes = this.#episode === null ? [] : [this.#end(atNs, 'anew')];
    this.#fresh();
    this.#baseline.memory.clear();
    return changes;
  }

  /** Requests are not measured now, or not trusted: the last seconds are forgotten, the baseline and an episode stay. */
  pause(): void {
    this.#recent.forget();
    this.#baseline.dropOpen();
    this.#suspectSeconds = 0;
  }

  /** Plain JSON: up to some 100 KB where an hour is full. The last seconds, less than a minute of them, are not in it. */
  save(nowNs: number): Saved {
    const episode = this.#episode;
    return savedAs({
      baselineSeconds: this.#options.baselineSeconds,
      ...this.#baseline.save(nowNs),
      calm: this.#calm.save(nowNs),
      episode: episode && {
        sinceAge: ageOf(episode.sinceNs, nowNs),
        foundAge: ageOf(episode.foundNs, nowNs),
        scaleSeconds: episode.scaleSeconds,
      },
    });
  }

  /**
   * Goes on from a save; `savedAtNs` is its moment on the present clock. An episode goes on too, with no second
   * 'began'. Null where it is not usable: damaged, of another format or `baselineSeconds`, or older than that.
   */
  static restore(value: unknown, options: DriftOptions, savedAtNs: number, nowNs: number): PoolDrift | null {
    const saved = parseSaved(value);
    const old = nowNs - savedAtNs > options.baselineSeconds * SECOND_NS;
    if (saved === null || saved.baselineSeconds !== options.baselineSeconds || old) return null;
    const drift = new PoolDrift(options);
    drift.#baseline.restore(saved, savedAtNs, nowNs);
    drift.#calm.restore(saved.calm, savedAtNs);
    drift.#lastRequestNs = nowNs;
    const { norm } = drift.#baseline;
    if (norm !== null) drift.#useNorm(norm);
    if (norm !== null && saved.episode !== null) drift.#episode = episodeOf(saved.episode, savedAtNs);
    return drift;
  }

  /**
   * Variance of the share of slow requests in a window of so many seconds, over its mean squared and beyond chance: what
   * widens a quantile's interval. 0 until armed.
   */
  relativeVariance(windowSeconds: number): number {
    const scales = this.#baseline.norm?.scales ?? [];
    return (scales.findLast(({ seconds }) => seconds <= windowSeconds) ?? scales[0])?.relativeVariance ?? 0;
  }

  read(): DriftReading {
    const { norm, armedInSeconds } = this.#baseline;
    const baseline = norm && { p99Ns: norm.p99Ns, seconds: norm.seconds, requests: norm.requests, young: norm.young };
    return { baseline, armedInSeconds, episode: this.#episode };
  }
}
