import { type KindRules, unknown } from './kind.ts';

/** A JVM holds any number of executors, and says of none outside how large it is meant to be. */
export const jvm: KindRules = {
  kind: 'jvm',
  recognise: (top) => top.exeName === 'java',
  size: () => unknown('the sizes of its executors are not visible from outside: give size and workers'),
};
