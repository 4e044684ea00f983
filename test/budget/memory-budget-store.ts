import type { BudgetState, BudgetStore } from '../../src/state-store/ownership-store.port.ts';
import { StoreUnavailable } from '../../src/state-store/state-store.port.ts';

export interface MemoryBudgetStore extends BudgetStore {
  readonly state: Map<string, BudgetState>;
  readonly writes: ({ readonly budget: string } & Partial<BudgetState>)[];
  /** Calls granted so far, over all budgets and days. */
  readonly reserved: number;
  /** How often calls were asked for. */
  readonly asked: number;
  away: boolean;
  /** Awaited before anything is done. */
  before: () => Promise<void>;
}

/** What several owners share in a test of what outlives one of them. */
export function createMemoryBudgetStore(): MemoryBudgetStore {
  const used = new Map<string, number>();
  let asked = 0;
  const enter = async () => {
    await store.before();
    if (store.away) throw new StoreUnavailable('away');
  };
  const store: MemoryBudgetStore = {
    state: new Map(),
    writes: [],
    away: false,
    before: () => Promise.resolve(),
    get reserved() {
      return [...used.values()].reduce((sum, calls) => sum + calls, 0);
    },
    get asked() {
      return asked;
    },
    async read(budget) {
      await enter();
      return store.state.get(budget) ?? null;
    },
    async note(budget, change) {
      await enter();
      store.writes.push({ budget, ...change });
      const before = store.state.get(budget) ?? { pausedUntil: null, openUntil: null };
      store.state.set(budget, { ...before, ...change });
    },
    async forget(budget) {
      await enter();
      store.state.delete(budget);
      for (const key of used.keys())
        if (key.startsWith(`${budget} `) || key.startsWith(`${budget}.`)) used.delete(key);
    },
    async usedOn(budget, day) {
      await enter();
      return used.get(`${budget} ${day}`) ?? 0;
    },
    async reserve(budget, day, block, quota) {
      asked += 1;
      await enter();
      const key = `${budget} ${day}`;
      const before = used.get(key) ?? 0;
      const granted = Math.max(0, Math.min(block, quota - before));
      used.set(key, before + granted);
      return granted;
    },
  };
  return store;
}
