import type { BudgetState, BudgetStore } from '../state-store/ownership-store.port.ts';

/** Writes down what the next owner of a budget must know. Never waits and never throws. */
export interface BudgetNotes {
  /** The CRM asked for no calls until then, epoch ms. */
  paused(until: number): void;
  /** The breaker is open until then, epoch ms; null: it closed. */
  open(until: number | null): void;
}

export interface BudgetNotesOptions {
  readonly store: Pick<BudgetStore, 'note'>;
  /** The hash of the budget's key. */
  readonly budget: string;
  /** As it stands in the store. */
  readonly known: BudgetState | null;
  readonly onError: (error: unknown) => void;
}

/** Calls that are refused together lengthen one pause by their jitters: noted this much longer, it is written once, ms. */
const PAUSE_SLACK_MS = 1_000;

/**
 * One write at a time and only of what changed, in order: with two under way the older could end last. A write that failed is
 * not repeated; the next change is written whatever it says.
 */
export function createBudgetNotes({ store, budget, known, onError }: BudgetNotesOptions): BudgetNotes {
  let pausedUntil = known?.pausedUntil ?? null;
  /** Undefined after a write that failed: nobody knows. */
  let openUntil: number | null | undefined = known?.openUntil ?? null;
  let waiting: Partial<BudgetState> | null = null;
  let writing = false;

  const write = async () => {
    writing = true;
    for (let next = waiting; next !== null; next = waiting) {
      waiting = null;
      await store.note(budget, next).catch((error: unknown) => {
        pausedUntil = null;
        openUntil = undefined;
        onError(error);
      });
    }
    writing = false;
  };
  const note = (change: Partial<BudgetState>) => {
    waiting = { ...waiting, ...change };
    if (!writing) void write();
  };

  return {
    paused(until) {
      if (until <= (pausedUntil ?? 0)) return;
      pausedUntil = Math.ceil(until) + PAUSE_SLACK_MS;
      note({ pausedUntil });
    },
    open(until) {
      if (until === openUntil) return;
      openUntil = until;
      note({ openUntil });
    },
  };
}
