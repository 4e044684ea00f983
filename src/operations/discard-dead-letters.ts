import type { DeadLetterFilter } from '../domain/replay.ts';
import { WAITING_STATUSES } from './list-dead-letters.ts';
import type { OperationPorts } from './operation-ports.ts';

const PAGE = 200;

/**
 * Takes letters off the list of what waits for a person; returns how many. Nothing is sent and nothing deleted: the next change of
 * the record is delivered as ever, and a delivery that fails again opens its letter again.
 */
export async function discardDeadLetters(
  { store }: Pick<OperationPorts, 'store'>,
  filter: DeadLetterFilter,
): Promise<number> {
  const asked = { ...filter, statuses: filter.statuses ?? WAITING_STATUSES };
  let discarded = 0;
  let cursor: string | null = null;
  do {
    const page = await store.deadLetters.list(asked, cursor, PAGE);
    const ids = page.items.map(({ id }) => id);
    if (ids.length > 0) discarded += await store.deadLetters.setStatus(ids, WAITING_STATUSES, 'discarded');
    cursor = page.nextCursor;
  } while (cursor !== null);
  return discarded;
}
