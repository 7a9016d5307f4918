import type { Scene } from '../scene.ts';
import { neighbours } from './neighbours.ts';
import { networks } from './network.ts';
import { quotas } from './quotas.ts';
import { sizes } from './sizes.ts';
import { waiting } from './waiting.ts';
import { work } from './work.ts';

export const SCENES: readonly Scene[] = [...neighbours, ...quotas, ...sizes, ...waiting, ...networks, ...work];
