/** How long something took or has waited, in a few letters: `320 ms`, `1.4 s`, `3 min`. */
export function durationInWords(seconds: number): string {
  if (seconds < 1) return `${Math.round(seconds * 1_000)} ms`;
  if (seconds < 9.95) return `${seconds.toFixed(1).replace(/\.0$/, '')} s`;
  if (seconds < 59.5) return `${Math.round(seconds)} s`;
  if (seconds < 3_570) return `${Math.round(seconds / 60)} min`;
  if (seconds < 84_600) return `${Math.round(seconds / 3_600)} h`;
  return count(Math.round(seconds / 86_400), 'day');
}

/** `1 record`, `1,204 records`. */
export function count(many: number, noun: string, plural = `${noun}s`): string {
  return `${number(many)} ${many === 1 ? noun : plural}`;
}

export function number(value: number): string {
  return value.toLocaleString('en');
}
