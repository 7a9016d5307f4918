import { readFileSync } from 'node:fs';

/** Another one after each start of the host (random(4)); empty where it may not be read. */
export function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return '';
  }
}
