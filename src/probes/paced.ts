export type Clocks = { wallMs: () => number; cpuMs: () => number };

const HERE: Clocks = {
  wallMs: () => performance.now(),
  cpuMs: () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  },
};

/**
 * A call that is answered by its last value until `share` of the time has paid for the CPU time it took: one of 50 ms,
 * at a share of 0.01, is made each 5 s at the most.
 */
export function paced<T>(call: () => T, share: number, { wallMs, cpuMs }: Clocks = HERE): () => T {
  let last: { value: T; untilMs: number } | undefined;
  return () => {
    if (last && wallMs() < last.untilMs) return last.value;
    const begunMs = cpuMs();
    const value = call();
    last = { value, untilMs: wallMs() + (cpuMs() - begunMs) / share };
    return value;
  };
}
