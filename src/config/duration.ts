const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
  ['ms', 1],
] as const;

const PATTERN = /^(\d{1,15})(ms|s|m|h|d)$/;

/** Reads `300ms`, `60s`, `10m`, `1h` or `7d` as whole milliseconds; null for anything else. */
export function parseDuration(text: string): number | null {
  const match = PATTERN.exec(text.trim());
  const unit = UNITS.find(([name]) => name === match?.[2]);
  if (!match || !unit) return null;
  const milliseconds = Number(match[1]) * unit[1];
  return Number.isSafeInteger(milliseconds) ? milliseconds : null;
}

/** Writes whole milliseconds in the largest unit that loses nothing: 90000 → `90s`, 60000 → `1m`. */
export function formatDuration(milliseconds: number): string {
  const unit = UNITS.find(([, size]) => milliseconds >= size && milliseconds % size === 0);
  return unit ? `${milliseconds / unit[1]}${unit[0]}` : `${milliseconds}ms`;
}
