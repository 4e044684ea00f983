import type { BudgetState, BudgetStore } from '../../ownership-store.port.ts';
import type { SqliteSession } from '../session/sqlite-session.ts';

const READ = 'SELECT paused_until AS pausedUntil, open_until AS openUntil FROM budgets WHERE budget = ?';

const NOTE = `
  INSERT INTO budgets (budget, paused_until, open_until) VALUES (:budget, :pausedUntil, :openUntil)
  ON CONFLICT (budget) DO UPDATE SET
    paused_until = iif(:setsPaused, excluded.paused_until, paused_until),
    open_until = iif(:setsOpen, excluded.open_until, open_until)`;

const RESERVED = 'SELECT reserved FROM budget_days WHERE budget = ? AND day = ?';

const RESERVE = `
  INSERT INTO budget_days (budget, day, reserved) VALUES (:budget, :day, :granted)
  ON CONFLICT (budget, day) DO UPDATE SET reserved = reserved + excluded.reserved`;

// Days are kept for a while, since workers' clocks differ: one that is behind must find what was reserved.
const FORGET_DAYS = "DELETE FROM budget_days WHERE budget = ? AND day < date(?, '-7 days')";

export function createBudgetStore(session: SqliteSession): BudgetStore {
  const { prepare } = session;

  const reserve = (budget: string, day: string, block: number, quota: number): number => {
    const reserved = prepare(RESERVED).get(budget, day)?.['reserved'] as number | undefined;
    const granted = Math.max(0, Math.min(block, quota - (reserved ?? 0)));
    if (granted === 0) return 0;
    prepare(RESERVE).run({ budget, day, granted });
    if (reserved === undefined) prepare(FORGET_DAYS).run(budget, day);
    return granted;
  };

  return {
    read: (budget) =>
      session.read(() => {
        const row = prepare(READ).get(budget) as unknown as BudgetState | undefined;
        return row === undefined ? null : { pausedUntil: row.pausedUntil, openUntil: row.openUntil };
      }),
    note: (budget, { pausedUntil, openUntil }) =>
      session.write(() => {
        prepare(NOTE).run({
          budget,
          pausedUntil: pausedUntil ?? null,
          openUntil: openUntil ?? null,
          setsPaused: pausedUntil === undefined ? 0 : 1,
          setsOpen: openUntil === undefined ? 0 : 1,
        });
      }),
    forget: (budget) =>
      session.write(() => {
        prepare('DELETE FROM budgets WHERE budget = ?').run(budget);
        // A slash follows the dot: so the second is everything that begins with the name and a dot.
        prepare('DELETE FROM budget_days WHERE budget = ? OR (budget >= ? AND budget < ?)').run(
          budget,
          `${budget}.`,
          `${budget}/`,
        );
      }),
    usedOn: (budget, day) =>
      session.read(() => (prepare(RESERVED).get(budget, day)?.['reserved'] as number | undefined) ?? 0),
    reserve: (budget, day, block, quota) => session.write(() => reserve(budget, day, block, quota)),
  };
}
