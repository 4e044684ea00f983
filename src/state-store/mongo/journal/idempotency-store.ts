import type { ClaimedKey, IdempotencyStore, KeyClaim } from '../../idempotency-store.port.ts';
import { answerCopy, claimDocument, claimedKeyOf } from './idempotency-document.ts';
import { inChunks } from '../session/in-chunks.ts';
import { isDuplicateKey } from '../session/mongo-errors.ts';
import { NEWEST, type MongoSession } from '../session/mongo-session.ts';

/** A key comes and goes between two questions only where others race for it; each round somebody got on. */
const ATTEMPTS = 100;

export function createIdempotencyStore(session: MongoSession): IdempotencyStore {
  const { idempotencyKeys: keys, ask } = session;

  const insert = async (claim: KeyClaim): Promise<boolean> => {
    try {
      await ask(() => keys.insertOne(claimDocument(claim)));
      return true;
    } catch (error) {
      if (isDuplicateKey(error)) return false;
      throw error;
    }
  };

  const claim = async (request: KeyClaim): Promise<ClaimedKey | null> => {
    const { key, now } = request;
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      if (await insert(request)) return null;
      const found = await ask(() => keys.findOne({ _id: { $eq: key } }, NEWEST));
      if (found === null) continue;
      // The driver repeats an insert whose answer was lost: then it is this claim that stands there.
      if (found.token === request.token) return null;
      if (found.freeAt > now) return claimedKeyOf(found);
      const { matchedCount } = await ask(() =>
        keys.replaceOne({ _id: key, token: found.token, freeAt: found.freeAt }, claimDocument(request)),
      );
      if (matchedCount === 1) return null;
    }
    throw new Error(`a key was claimed and freed ${String(ATTEMPTS)} times while it was asked for`);
  };

  return {
    claim,
    async complete(key, token, answer, until) {
      const update = { $set: { answer: answerCopy(answer), freeAt: until } };
      const { matchedCount } = await ask(() => keys.updateOne({ _id: key, token, answer: null }, update));
      return matchedCount === 1;
    },
    async release(key, token) {
      const { deletedCount } = await ask(() => keys.deleteOne({ _id: key, token, answer: null }));
      return deletedCount === 1;
    },
    prune: (now) => inChunks(session, keys, { freeAt: { $lte: now } }, 'delete'),
    forgetUser: (userId) => inChunks(session, keys, { userId: { $eq: userId } }, 'delete'),
  };
}
