import { ERASED_KINDS, type ErasedKind, type ErasureCounts, NOTHING_ERASED } from './erasure-store.port.ts';

/** What a removal took away, the kinds that it took nothing of left out. */
export type Removed = Partial<Record<ErasedKind, number>>;

/** Removes of one kind after the other until something was removed, and answers what that was. */
export async function eraseInOrder(remove: (kind: ErasedKind) => Promise<Removed>): Promise<ErasureCounts> {
  for (const kind of ERASED_KINDS) {
    const removed = await remove(kind);
    if (Object.values(removed).some((count) => count > 0)) return { ...NOTHING_ERASED, ...removed };
  }
  return NOTHING_ERASED;
}
