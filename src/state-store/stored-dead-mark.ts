import type { DeadLetterMark } from '../domain/link.ts';

type AddedLater = 'id' | 'mapping' | 'connectionEpoch' | 'firstAt' | 'replays';

/** A mark as earlier versions of this program wrote it names neither its letter nor what it was made of. */
export type StoredDeadMark = Omit<DeadLetterMark, AddedLater> & Partial<Pick<DeadLetterMark, AddedLater>>;

export function deadMarkOf(linkId: string, stored: StoredDeadMark): DeadLetterMark {
  return { id: linkId, mapping: '', connectionEpoch: 0, firstAt: stored.at, replays: 0, ...stored };
}
