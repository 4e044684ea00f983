import { linkId, type Link } from '../domain/link.ts';
import type { RecordKey } from '../domain/entity.ts';
import type { DeliveryContext } from './round.ts';

const PAGE = 500;

/**
 * Tells the records that point at this one that its CRM id appeared, changed or went. The link's `wake` flag was set in the write
 * that changed the id and is cleared only after all were told, so a crash in between tells them again.
 */
export async function wakeReferrers(
  {
    store,
    scope,
    connection,
    now,
    onMarked,
  }: Pick<DeliveryContext, 'store' | 'scope' | 'connection' | 'now' | 'onMarked'>,
  link: Pick<Link, 'id' | 'key'>,
): Promise<void> {
  let after: RecordKey | null = null;
  for (;;) {
    const keys: RecordKey[] = await store.records.referrers(connection.owner.id, link.key, after, PAGE);
    if (keys.length > 0) {
      await store.links.wake(
        keys.map((key) => linkId(scope, key)),
        now(),
      );
      onMarked();
    }
    if (keys.length < PAGE) break;
    after = keys.at(-1) ?? null;
  }
  await store.links.clearWake(link.id);
}
