/** Answers that were counted over so many rows that asking again and again would keep the event loop from all else. */
export interface LargeAnswers<T> {
  /** What `count` answers, or what it answered shortly before. */
  remember(key: string, count: () => T): T;
}

/** Rows that are counted in some milliseconds. */
const SMALL = 20_000;
/** So many times as long as counting took, an answer stands: counting takes a part of the time only. */
const TIMES = 20;
const MOST_KEPT = 1_000;

/** `sizeOf`: over how many rows an answer was counted. Small ones are counted anew each time. */
export function rememberLarge<T>(sizeOf: (answer: T) => number): LargeAnswers<T> {
  const kept = new Map<string, { readonly answer: T; readonly until: number }>();
  return {
    remember(key, count) {
      const began = performance.now();
      const before = kept.get(key);
      if (before !== undefined && began < before.until) return before.answer;
      kept.delete(key);
      const answer = count();
      if (sizeOf(answer) > SMALL) {
        const now = performance.now();
        kept.set(key, { answer, until: now + TIMES * (now - began) });
        const [oldest] = kept.keys();
        if (kept.size > MOST_KEPT && oldest !== undefined) kept.delete(oldest);
      }
      return answer;
    },
  };
}
