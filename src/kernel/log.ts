import koffi from 'koffi';
import { loadNative, type Pointer } from './ffi.ts';

const LINE_BYTES = 1 << 18;

/** libbpf's own messages and the verifier's log of everything done within `work`. Global to the process: not nested. */
export async function withLibbpfLog<T>(work: (log: () => string) => Promise<T>): Promise<T> {
  const { bpf, libc } = loadNative();
  const parts: string[] = [];
  const buffer = Buffer.alloc(LINE_BYTES);
  const type = printType();
  const callback = koffi.register((_level: number, format: Pointer, args: Pointer) => {
    const length = libc.vsnprintf(buffer, LINE_BYTES, format, args);
    parts.push(buffer.toString('latin1', 0, Math.min(Math.max(length, 0), LINE_BYTES - 1)));
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

let registered: ReturnType<typeof koffi.pointer> | undefined;

// va_list is passed by reference on x86-64 (an array) and on arm64 (a struct over 16 bytes).
function printType() {
  registered ??= koffi.pointer(koffi.proto('int libbpf_print(int level, void *format, void *args)'));
  return registered;
}
