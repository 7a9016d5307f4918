import type { RecentSignals } from '../windows/signal_window.ts';
import type { Put } from './histogram.ts';

/** A pool's collector and memory; `label` is the pool's. */
export function putRuntime(put: Put, { newest: { gc, gauges } }: RecentSignals, label: string): void {
  put('poolGcPause', gc?.gcPauseSeconds ?? null, label);
  put('poolGcAssist', gc?.gcAssistSeconds ?? null, label);
  put('poolGcCycles', gc?.gcCycles ?? null, label);
  put('poolHeap', gauges.heapBytes, label);
  put('poolMemoryLimit', gauges.memoryLimitBytes, label);
}
