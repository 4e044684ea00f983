/** What happened, in order: hashed always, kept as lines only when somebody will read them. */
export interface Trace {
  (line: string): void;
  readonly lines: readonly string[];
  /** What only a reader wants to know: made only where somebody will. */
  detail(line: () => string): void;
  /** Equal for equal histories. */
  hash(): string;
  count(kind: string): void;
  readonly counts: ReadonlyMap<string, number>;
}

export function createTrace(elapsed: () => number, keep: boolean): Trace {
  const lines: string[] = [];
  const counts = new Map<string, number>();
  let high = 0x811c9dc5;
  let low = 0x9747b28c;
  const add = (line: string): void => {
    const text = `${elapsed()} ${line}`;
    for (let i = 0; i < text.length; i += 1) {
      const code = text.charCodeAt(i);
      high = Math.imul(high ^ code, 0x01000193);
      low = Math.imul(low + code, 0x85ebca6b) ^ (low >>> 13);
    }
    if (keep) lines.push(text);
  };
  return Object.assign(add, {
    lines,
    detail(line: () => string) {
      if (keep) lines.push(`${elapsed()}   ${line()}`);
    },
    counts,
    hash: () => (high >>> 0).toString(16).padStart(8, '0') + (low >>> 0).toString(16).padStart(8, '0'),
    count(kind: string) {
      counts.set(kind, (counts.get(kind) ?? 0) + 1);
    },
  });
}
