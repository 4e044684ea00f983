import type { DatabaseSync } from 'node:sqlite';
import { searchQuery } from '../../../domain/canonical/search-text.ts';

export const FOLD_FUNCTION = 'fold_search';

/** Lets statements fold a text as searches do. */
export function addFoldFunction(database: DatabaseSync): void {
  const options = { deterministic: true, directOnly: true };
  database.function(FOLD_FUNCTION, options, (text) => (typeof text === 'string' ? searchQuery(text) : null));
}
