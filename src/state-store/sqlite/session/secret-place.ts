import type { DatabaseSync } from 'node:sqlite';
import { textHash } from '../../../domain/content-hash.ts';

/** The function by that name in statements. */
export const BUDGET_MARK = 'budget_mark';

/** As much as a page can hold of a row, and more: what follows it in the row stands in pages of that row alone. */
export const SECRET_PAD = 'zeroblob((SELECT page_size FROM pragma_page_size))';

/** Some 16 bits by which connections of a budget are found among others, and nothing is told of the key; null for an empty one. */
export function budgetMarkOf(budgetKey: string): number | null {
  return budgetKey === '' ? null : Number.parseInt(textHash(budgetKey).slice(0, 4), 16);
}

/** Lets statements make the mark of a budget key. */
export function addBudgetMark(database: DatabaseSync): void {
  const options = { deterministic: true, directOnly: true };
  database.function(BUDGET_MARK, options, (key) => (typeof key === 'string' ? budgetMarkOf(key) : null));
}
