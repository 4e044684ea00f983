import type { ChangeVerdict } from '../../domain/record.ts';

/** A stretch of the log whose verdicts someone waits for; unknown while it is being appended. */
interface Wanted {
  range: { readonly first: bigint; readonly last: bigint } | null;
}

/** Brings what became of log entries back to whoever appended them. */
export interface AwaitedVerdicts {
  /**
   * Appends, then waits for what became of each entry: null when that is not known before `until` resolves, or when an
   * entry was no change.
   */
  follow(
    append: () => Promise<{ readonly first: bigint; readonly last: bigint }>,
    until: Promise<unknown>,
  ): Promise<readonly ChangeVerdict[] | null>;
  /** Tells what became of an entry; null = it was no change. */
  settle(offset: bigint, verdict: ChangeVerdict | null): void;
}

/** Keeps verdicts only while someone waits for them. */
export function createAwaitedVerdicts(): AwaitedVerdicts {
  const waiting = new Set<Wanted>();
  const settled = new Map<bigint, ChangeVerdict | null>();
  let progress = Promise.withResolvers<void>();

  const advance = () => {
    const reached = progress;
    progress = Promise.withResolvers();
    reached.resolve();
  };
  const covers = ({ range }: Wanted, offset: bigint) =>
    range === null || (range.first <= offset && offset <= range.last);
  const collect = (wanted: Wanted): readonly (ChangeVerdict | null | undefined)[] => {
    const { first, last } = wanted.range ?? { first: 1n, last: 0n };
    return Array.from({ length: Number(last - first) + 1 }, (_, at) => settled.get(first + BigInt(at)));
  };
  const release = (wanted: Wanted) => {
    waiting.delete(wanted);
    for (const offset of settled.keys()) {
      if (![...waiting].some((other) => covers(other, offset))) settled.delete(offset);
    }
  };

  return {
    async follow(append, until) {
      // An entry may be dealt with before `append` has told its offset.
      const wanted: Wanted = { range: null };
      waiting.add(wanted);
      const over = { now: false };
      void until.then(() => {
        over.now = true;
        advance();
      });
      try {
        wanted.range = await append();
        while (collect(wanted).includes(undefined) && !over.now) await progress.promise;
        const verdicts = collect(wanted).filter((verdict) => verdict !== null && verdict !== undefined);
        return verdicts.length === collect(wanted).length ? verdicts : null;
      } finally {
        release(wanted);
      }
    },
    settle(offset, verdict) {
      if (![...waiting].some((wanted) => covers(wanted, offset))) return;
      settled.set(offset, verdict);
      advance();
    },
  };
}
