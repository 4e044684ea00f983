/** Answers that are counted over so many rows that asking again and again would keep the event loop from all else. */
export interface LargeAnswers<T> {
  /** What `count` answers, or what it answered shortly before; who asks while it counts hears the same. */
  remember(key: string, count: () => Promise<T>): Promise<T>;
}

/** So many times as long as counting took, an answer stands: counting takes a part of the time only. */
const TIMES = 20;
const MOST_KEPT = 1_000;

interface Kept<T> {
  readonly answer: Promise<T>;
  until: number;
}

export function rememberLarge<T>(): LargeAnswers<T> {
  const kept = new Map<string, Kept<T>>();
  return {
    async remember(key, count) {
      const began = performance.now();
      const before = kept.get(key);
      if (before !== undefined && began < before.until) return await before.answer;
      const entry: Kept<T> = { answer: count(), until: Number.POSITIVE_INFINITY };
      kept.delete(key);
      kept.set(key, entry);
      const [oldest] = kept.keys();
      if (kept.size > MOST_KEPT && oldest !== undefined) kept.delete(oldest);
      try {
        return await entry.answer;
      } catch (error) {
        if (kept.get(key) === entry) kept.delete(key);
        throw error;
      } finally {
        const now = performance.now();
        entry.until = now + TIMES * (now - began);
      }
    },
  };
}
