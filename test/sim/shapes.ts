import { BIMODAL, type Distribution, LOGNORMAL, PARETO } from './distributions.ts';
import type { Random } from './random.ts';

/** What one second of a healthy pool is like. A life changes its fields each second. */
export type Now = {
  /** Multiples of the pool's rate and of every latency. */
  rate: number;
  level: number;
  /** The program stands still for so long in this second, and its latencies grow by what is left of it. */
  stallMs: number;
};

export type Shape = {
  name: string;
  says: string;
  distribution: Distribution;
  /** The slowest share of the requests that is drawn, where not all are. */
  share: number;
  /** Its true level moves by itself, so that an alarm may be right. In all others each alarm is false. */
  moves: boolean;
  /** Changes `now` for the second that comes next. */
  live: (random: Random) => (now: Now) => void;
};

const still = () => () => {};
const DAY_SECONDS = 86_400;

function daily(random: Random): (now: Now) => void {
  let second = Math.floor(random.between(0, DAY_SECONDS));
  return (now) => {
    const height = Math.sin((2 * Math.PI * second) / DAY_SECONDS);
    now.level = 1 + 0.2 * height;
    now.rate = 1 + Math.round(60 * height) / 100;
    second = (second + 1) % DAY_SECONDS;
  };
}

/** Something that lasts `lengths` seconds, between pauses of `pauses` seconds. True while it lasts. */
function spells(random: Random, pauses: () => number, lengths: () => number): () => boolean {
  let [left, active] = [Math.ceil(pauses() * random.uniform()), false];
  return () => {
    while (left <= 0) {
      active = !active;
      left += Math.max(1, Math.round(active ? lengths() : pauses()));
    }
    left--;
    return active;
  };
}

function bursts(random: Random): (now: Now) => void {
  const inBurst = spells(
    random,
    () => random.between(300, 1500),
    () => 5,
  );
  return (now) => {
    now.level = inBurst() ? 5 : 1;
  };
}

function surges(random: Random): (now: Now) => void {
  const inSurge = spells(
    random,
    () => random.between(60, 240),
    () => 5,
  );
  return (now) => {
    const surge = inSurge();
    now.rate = surge ? 5 : 1;
    now.level = surge ? 1.5 : 1;
  };
}

function stalls(random: Random): (now: Now) => void {
  let untilS = random.between(0, 7.5);
  return (now) => {
    now.stallMs = untilS < 1 ? Math.round(random.between(30, 50)) : 0;
    untilS += (untilS < 1 ? random.between(5, 10) : 0) - 1;
  };
}

/** AR(1) of the level's logarithm. */
function wander(seconds: number, deviation: number): Shape['live'] {
  const kept = Math.exp(-1 / seconds);
  const fresh = deviation * Math.sqrt(1 - kept * kept);
  return (random) => {
    let log = deviation * random.normal();
    return (now) => {
      log = kept * log + fresh * random.normal();
      now.level = Math.exp(log);
    };
  };
}

function idle(random: Random): (now: Now) => void {
  const drifts = wander(60, 0.02)(random);
  let height = 1;
  const noisy = spells(
    random,
    () => random.exponential(600),
    () => {
      height = random.between(1.2, 1.36);
      return random.between(5, 20);
    },
  );
  return (now) => {
    drifts(now);
    if (noisy()) now.level *= height;
  };
}

const plain = { share: 0.03, moves: false, live: still };
const wandering = { distribution: LOGNORMAL, share: 0.06, moves: true };

export const SHAPES: readonly Shape[] = [
  { ...plain, name: 'lognormal', distribution: LOGNORMAL, says: 'independent; lognormal, sigma 0.5' },
  { ...plain, name: 'bimodal', distribution: BIMODAL, says: 'independent; 5 % cache misses ten times as slow' },
  { ...plain, name: 'pareto', distribution: PARETO, says: 'independent; Pareto, a = 2.5' },
  {
    ...wandering,
    name: 'daily',
    live: daily,
    says: 'rate 0.4 to 1.6, latencies 0.8 to 1.2 of their mean, over 24 h',
  },
  {
    ...wandering,
    name: 'bursts',
    moves: false,
    live: bursts,
    says: 'latencies five-fold for 5 s, every 5 to 25 min',
  },
  {
    ...wandering,
    name: 'surges',
    moves: false,
    live: surges,
    says: 'five-fold rate for 5 s, every 1 to 4 min, and latencies 1.5-fold in it',
  },
  {
    ...plain,
    name: 'stalls',
    distribution: LOGNORMAL,
    live: stalls,
    says: 'the program stands still for 30 to 50 ms every 5 to 10 s',
  },
  {
    ...wandering,
    name: 'wander-10',
    live: wander(10, 0.045),
    says: 'the level wanders: AR(1), sd 4.5 %, time constant 10 s',
  },
  { ...wandering, name: 'wander-60', live: wander(60, 0.045), says: 'the same, 60 s' },
  { ...wandering, name: 'wander-600', live: wander(600, 0.045), says: 'the same, 600 s' },
  {
    ...wandering,
    name: 'idle',
    moves: false,
    live: idle,
    says: 'an idle host: AR(1), sd 2 %, 60 s; every 10 min on average 5 to 20 s at 1.2 to 1.36',
  },
];

export function shapeOf(name: string): Shape {
  const shape = SHAPES.find((each) => each.name === name);
  if (!shape) throw new Error(`no shape ${name}; there are ${SHAPES.map((each) => each.name).join(', ')}`);
  return shape;
}
