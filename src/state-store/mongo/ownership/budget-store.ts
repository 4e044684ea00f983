import type { Collection, Filter } from 'mongodb';
import type { BudgetState, BudgetStore } from '../../ownership-store.port.ts';
import { againIfRefused, isDuplicateKey } from '../session/mongo-errors.ts';
import { NEWEST, type MongoSession } from '../session/mongo-session.ts';

interface BudgetDocument {
  /** The budget. */
  readonly _id: string;
  /** Absent until noted, null when it was noted that there is none. */
  readonly pausedUntil?: number | null;
  readonly openUntil?: number | null;
  /** What was granted of the quotas of the last days that anything was asked of, by descending day. */
  readonly granted?: readonly DayUse[];
  /** Raised by every grant. */
  readonly grants?: number;
}

interface DayUse {
  readonly day: string;
  readonly calls: number;
}

/** Days whose use is kept: more than clocks can disagree about. */
const DAYS_KEPT = 7;

/** A miss means that another was granted something meanwhile: a budget has one owner, so this many are a fault. */
const ATTEMPTS = 200;

export function createBudgetStore({ database, ask }: MongoSession): BudgetStore {
  const budgets: Collection<BudgetDocument> = database.collection('budgets');

  /** False when something was granted since the document was read. */
  const writeUse = async (
    budget: string,
    before: BudgetDocument | null,
    granted: DayUse[],
  ): Promise<boolean> => {
    const grants = before?.grants;
    const asRead: Filter<BudgetDocument> = {
      _id: budget,
      grants: grants === undefined ? { $exists: false } : { $eq: grants },
    };
    const update = { $set: { granted, grants: (grants ?? 0) + 1 } };
    try {
      const options = { upsert: grants === undefined };
      const { matchedCount, upsertedCount } = await ask(() => budgets.updateOne(asRead, update, options));
      return matchedCount + upsertedCount === 1;
    } catch (error) {
      if (isDuplicateKey(error)) return false;
      throw error;
    }
  };

  const reserve = async (budget: string, day: string, block: number, quota: number): Promise<number> => {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const stored = await ask(() => budgets.findOne({ _id: { $eq: budget } }, NEWEST));
      const kept = stored?.granted ?? [];
      const used = callsOn(day, kept);
      const grant = used === null ? 0 : Math.min(block, quota - used);
      if (used === null || grant <= 0) return 0;
      const others = kept.filter((use) => use.day !== day);
      const granted = [...others, { day, calls: used + grant }].sort(latestFirst).slice(0, DAYS_KEPT);
      if (await writeUse(budget, stored, granted)) return grant;
    }
    throw new Error(`the budget ${budget} changed ${String(ATTEMPTS)} times while a quota was reserved`);
  };

  return {
    async read(budget) {
      const found = await ask(() => budgets.findOne({ _id: { $eq: budget } }));
      return found === null ? null : budgetStateOf(found);
    },
    async note(budget, state) {
      // Servers before MongoDB 5 refuse an operator without fields.
      if (Object.keys(given(state)).length === 0) return;
      const update = { $set: given(state) };
      await againIfRefused(() => ask(() => budgets.updateOne({ _id: budget }, update, { upsert: true })));
    },
    reserve,
    async usedOn(budget, day) {
      const found = await ask(() => budgets.findOne({ _id: { $eq: budget } }));
      return callsOn(day, found?.granted ?? []) ?? 0;
    },
    async forget(budget) {
      // A slash follows the dot: so the second is everything that begins with the name and a dot.
      const shares = { _id: { $gte: `${budget}.`, $lt: `${budget}/` } };
      await ask(() => budgets.deleteMany({ $or: [{ _id: { $eq: budget } }, shares] }));
    },
  };
}

/** Null for a day that is over so long that its use is not known any more. */
function callsOn(day: string, kept: readonly DayUse[]): number | null {
  const use = kept.find((each) => each.day === day);
  if (use !== undefined) return use.calls;
  const oldest = kept.length < DAYS_KEPT ? undefined : kept.at(-1);
  return oldest !== undefined && day < oldest.day ? null : 0;
}

function latestFirst(a: DayUse, b: DayUse): number {
  return a.day < b.day ? 1 : -1;
}

function given({ pausedUntil, openUntil }: Partial<BudgetState>): Partial<BudgetState> {
  return { ...(pausedUntil !== undefined && { pausedUntil }), ...(openUntil !== undefined && { openUntil }) };
}

/** Null where quota was granted and nothing was noted. */
function budgetStateOf({ pausedUntil, openUntil }: BudgetDocument): BudgetState | null {
  if (pausedUntil === undefined && openUntil === undefined) return null;
  return { pausedUntil: pausedUntil ?? null, openUntil: openUntil ?? null };
}
