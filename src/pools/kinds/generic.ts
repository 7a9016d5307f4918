import { type KindRules, unknown } from './kind.ts';

export const generic: KindRules = {
  kind: 'generic',
  recognise: () => true,
  size: () => unknown('no known kind of worker pool: give size.fixed'),
};
