import type { EmbeddedLog, LogEntry } from './embedded-log.ts';

/** At the third start an entry is set aside that two processes died with in hand. */
export const MOST_STARTS = 2;

/** What is to be done with the next entries. */
export interface NextEntries {
  readonly entries: readonly LogEntry[];
  /** Processes died with it, one after another: it is put aside as it stands, and not looked into. */
  readonly isSetAside: boolean;
}

/** Entries that a process may have died with: those that were left when this one started. */
export interface TriedEntries {
  /** Of what stands next: all of it, or one entry by itself, which is written down before it is handed out. */
  next(entries: readonly LogEntry[]): Promise<NextEntries>;
}

/**
 * What ends a process while it is taken in would end the next one as well, and nothing behind it would ever be taken in. So what a process
 * finds at its start is written down before it is looked into: at the next start one entry is taken in at a time, and at the third the one
 * is set aside that ended both. What comes later costs nothing: it is found at the next start.
 */
export function createTriedEntries(
  log: Pick<EmbeddedLog, 'tried' | 'noteTried'>,
  mostStarts = MOST_STARTS,
): TriedEntries {
  /** The last one that was there at the start; null once it is past, undefined before the first look. */
  let upTo: bigint | null | undefined;
  let died = 0;

  async function firstLook(entries: readonly LogEntry[]): Promise<bigint | null> {
    const [first, last] = [entries.at(0), entries.at(-1)];
    if (first === undefined || last === undefined) return null;
    const tried = await log.tried();
    if (tried === null || first.offset < tried.from || first.offset > tried.upTo) return last.offset;
    died = tried.times;
    return tried.upTo;
  }

  return {
    async next(entries) {
      if (upTo === undefined) upTo = await firstLook(entries);
      const [first] = entries;
      if (upTo === null || first === undefined || first.offset > upTo) {
        upTo = null;
        return { entries, isSetAside: false };
      }
      if (died >= mostStarts) {
        upTo = null;
        return { entries: [first], isSetAside: true };
      }
      if (died === 0) {
        await log.noteTried({ from: first.offset, upTo, times: 1 });
        return { entries, isSetAside: false };
      }
      await log.noteTried({ from: first.offset, upTo: first.offset, times: died + 1 });
      return { entries: [first], isSetAside: false };
    },
  };
}
