import type { CommittedWrite, WriteLog } from '../journal/write-log.ts';

type Entry<C extends string> = Omit<CommittedWrite<C>, 'number'>;

/** What was done since an attempt began. */
interface OpenAttempt<C extends string> {
  readonly undo: (() => void)[];
  readonly entries: Entry<C>[];
}

/** Work that is kept whole or not at all; its writes are logged once it is kept. */
export function createAttempts<C extends string>(log: Pick<WriteLog<C>, 'add'>) {
  let open: OpenAttempt<C> | null = null;

  function end(attempt: OpenAttempt<C>, isKept: boolean): void {
    if (!isKept) for (const step of attempt.undo.reverse()) step();
    else if (open === null) for (const entry of attempt.entries) log.add(entry);
    else {
      open.undo.push(...attempt.undo);
      open.entries.push(...attempt.entries);
    }
  }

  return {
    log: {
      add(entry: Entry<C>): void {
        if (open === null) log.add(entry);
        else open.entries.push(entry);
      },
    },
    /** Notes how a step is taken back. */
    undoing: (step: () => void): void => void open?.undo.push(step),
    attempt(work: () => boolean): boolean {
      const outer = open;
      const attempt: OpenAttempt<C> = { undo: [], entries: [] };
      open = attempt;
      let isKept = false;
      try {
        isKept = work();
      } finally {
        open = outer;
        end(attempt, isKept);
      }
      return isKept;
    },
  };
}
