import koffi from 'koffi';
import { loadNative, type Pointer } from './ffi.ts';

/** libbpf's own messages and the verifier's log of everything done within `work`. Global to the process: not nested. */
export async function withLibbpfLog<T>(work: (log: () => string) => Promise<T>): Promise<T> {
  const { bpf } = loadNative();
  const parts: string[] = [];
  const type = printType();
  const callback = koffi.register((_level: number, format: Pointer, args: Pointer) => {
    parts.push(formatted(format, args));
    return 0;
  }, type);
  bpf.setPrint(callback);
  try {
    return await work(() => parts.join(''));
  } finally {
    bpf.setPrint(null);
    koffi.unregister(callback);
  }
}

/** A verifier log has its verdict at the end; of one for too complex a program (100 MB seen) only that is kept. */
const KEPT_BYTES = 16 << 20;

function formatted(format: Pointer, args: Pointer): string {
  const { libc } = loadNative();
  const text: Pointer[] = [0n];
  const length = libc.vasprintf(text, format, args);
  if (length < 0) return '';
  try {
    const kept = Math.min(length, KEPT_BYTES);
    return Buffer.from(koffi.view(text[0]! + BigInt(length - kept), kept)).toString('latin1');
  } finally {
    libc.free(text[0]!);
  }
}

let registered: ReturnType<typeof koffi.pointer> | undefined;

// va_list is passed by reference on x86-64 (an array) and on arm64 (a struct over 16 bytes).
function printType() {
  registered ??= koffi.pointer(koffi.proto('int libbpf_print(int level, void *format, void *args)'));
  return registered;
}
