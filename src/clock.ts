/** CLOCK_MONOTONIC, nanoseconds. */
export function nowNs(): number {
  return Number(process.hrtime.bigint());
}
