import { closeSync } from 'node:fs';
import { loadNative } from './ffi.ts';

const BPF_STATS_RUN_TIME = 0;

/** Switches the kernel's BPF program statistics on until close(): they are off again when the last holder has closed. */
export function enableProgramStats(): { close(): void } | null {
  const fd = loadNative().bpf.enableStats(BPF_STATS_RUN_TIME);
  return fd < 0 ? null : { close: () => closeSync(fd) };
}
