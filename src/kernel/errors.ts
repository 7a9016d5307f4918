/** Something the kernel, its libraries or our privileges do not allow: what, why, and what to do about it. */
export class KernelError extends Error {
  override readonly name = 'KernelError';
  /** Stable: libbpf-missing, not-permitted, verifier, attach, map, ... */
  readonly code: string;
  /** One line for a person; empty where there is none. */
  readonly remedy: string;
  /** The whole verifier or libbpf log, for debug level. */
  readonly log: string;

  constructor(code: string, message: string, options: { remedy?: string; log?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.remedy = options.remedy ?? '';
    this.log = options.log ?? '';
  }
}

/** The line of a libbpf and verifier log that says what is wrong: the last that is not a trailer or a hint. */
export function usefulLine(log: string): string {
  const lines = log.split('\n').map((line) => line.trim());
  const useful = lines.filter((line) => line !== '' && !NOISE.some((noise) => noise.test(line)));
  const verdict = useful.findLast((line) => !line.startsWith('libbpf:') && !/^\d+: \(/.test(line));
  return verdict ?? useful.at(-1) ?? '';
}

const NOISE = [
  /^processed \d+ insns/,
  /^verification time/,
  /^stack depth/,
  /^-- (BEGIN|END)/,
  /^libbpf: prog '.*': failed to load/,
  /^libbpf: failed to load object/,
  /^libbpf: prog '.*': failed to prepare load attributes/,
  // CAP_SYS_RESOURCE and memlock have nothing to do with it on kernels >= 5.11
  /permission error while running as root; try raising 'ulimit -l'/,
  /^;/,
  // A dump of registers; what is wrong with one begins with "R0 ".
  /^R\d+(_\w+)?=/,
  /^\d+: R\d/,
  /^from \d+ to \d+/,
];
