import { signal } from '@preact/signals';

/** The time that "3 min ago" is counted from, epoch ms. */
export const now = signal(Date.now());

export function followTime(everyMs = 10_000): void {
  setInterval(() => (now.value = Date.now()), everyMs);
}
