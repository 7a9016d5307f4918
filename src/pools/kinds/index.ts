import type { ProcessView } from '../view.ts';
import { generic } from './generic.ts';
import { go } from './go.ts';
import { jvm } from './jvm.ts';
import type { KindRules } from './kind.ts';
import { nginx } from './nginx.ts';
import { node } from './node.ts';
import { postgres } from './postgres.ts';
import { redis } from './redis.ts';

/** In the order they are asked: names first, since Go's test reads the binary. */
export const KIND_RULES: readonly KindRules[] = [nginx, node, postgres, redis, jvm, go, generic];

export function recognise(top: ProcessView): KindRules {
  return KIND_RULES.find((rules) => rules.recognise(top)) ?? generic;
}

export { go, nginx, node };
