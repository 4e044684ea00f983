import type { StateStore } from '../state-store/state-store.ts';

/**
 * Notes that what these letters were about came to its end: their deliveries settled well. Call it after the settling write; a
 * crash in between leaves a letter open whose link has moved on, which every reader shows as superseded.
 */
export async function resolveLetters(
  { deadLetters }: Pick<StateStore, 'deadLetters'>,
  ids: readonly string[],
): Promise<void> {
  if (ids.length > 0) await deadLetters.setStatus(ids, ['open', 'parked'], 'resolved');
}
