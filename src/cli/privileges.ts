import { readFileSync } from 'node:fs';
import type { Finding } from '../kernel/features.ts';

/** include/uapi/linux/capability.h; what is lost was seen by taking each away (docs/privileges.md). */
const OPTIONAL: readonly [name: string, bit: number, lost: string][] = [
  [
    'CAP_SYS_PTRACE',
    19,
    'programs of other users: they are not discovered, not matched by exe, and their kind and size are not known',
  ],
  ['CAP_DAC_READ_SEARCH', 2, "other users' environments: the size of their Go programs (GOMAXPROCS) is not known"],
  ['CAP_SYS_ADMIN', 21, 'the own overhead: it is not measured, and nothing is shed when it is too high'],
];

/** Capabilities that the daemon can do without. `effective`: a bit each, as CapEff of /proc/PID/status has them. */
export function optionalPrivileges(effective: bigint): Finding[] {
  return OPTIONAL.map(([name, bit, lost]) => {
    const ok = (effective & (1n << BigInt(bit))) !== 0n;
    const detail = ok ? 'held' : `${name} is missing`;
    return { name, ok, detail, lost, remedy: `Run it as root, or add ${name}: docs/privileges.md`, required: false };
  });
}

export function effectiveCapabilities(): bigint {
  return BigInt(`0x${/^CapEff:\s*(\w+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))![1]}`);
}
