import type { Collection } from 'mongodb';
import { weightOf } from '../../../domain/json.ts';
import {
  KEPT_ANSWER_BYTES,
  KEY_BYTES,
  LARGE_ANSWER,
  SMALL_ANSWERS,
  type ClaimedKey,
  type IdempotencyStore,
  type KeptAnswer,
  type KeyClaim,
} from '../../idempotency-store.port.ts';
import { insertIfAbsent } from '../session/conditional-writes.ts';
import { inChunks } from '../session/in-chunks.ts';
import { NEWEST, type MongoSession } from '../session/mongo-session.ts';

interface IdempotencyDocument {
  /** The key. */
  readonly _id: string;
  readonly userId: string;
  readonly fingerprint: string;
  readonly token: string;
  /** From when on the key is anybody's, epoch ms. */
  readonly freeAt: number;
  readonly answer: KeptAnswer | null;
  /** Of the answer; absent where there is none yet, and in those of earlier programs. */
  readonly bytes?: number;
}

/** What is taken for the bytes of an answer that an earlier program kept, which had room for a MiB each. */
const UNTOLD_BYTES = 262_144;
/** A key comes and goes between two questions only where others race for it; each round somebody got on. */
const ATTEMPTS = 100;

export function createIdempotencyStore(session: MongoSession): IdempotencyStore {
  const { database, ask } = session;
  let small = 0;
  const mayTrim = (bytes: number): boolean => {
    small = bytes < LARGE_ANSWER ? (small + 1) % SMALL_ANSWERS : 0;
    return small === 0;
  };
  const keys: Collection<IdempotencyDocument> = database.collection('idempotency_keys');

  const claim = async (request: KeyClaim): Promise<ClaimedKey | null> => {
    const { key, now } = request;
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      if (await insertIfAbsent(session, keys, claimDocument(request))) return null;
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

  /** Newest first; what stands beyond the bytes of those before it goes. Claims that are worked on stay. */
  const trim = async (userId: string): Promise<void> => {
    await ask(async () => {
      const beyond: string[] = [];
      let held = 0;
      const answered = keys
        .find({ userId: { $eq: userId }, answer: { $ne: null } })
        .sort({ freeAt: -1, _id: 1 })
        .project<Pick<IdempotencyDocument, '_id' | 'bytes'>>({ bytes: 1 });
      for await (const { _id, bytes } of answered) {
        held += (bytes ?? UNTOLD_BYTES) + KEY_BYTES;
        if (held > KEPT_ANSWER_BYTES) beyond.push(_id);
      }
      if (beyond.length > 0) await keys.deleteMany({ _id: { $in: beyond }, answer: { $ne: null } });
    });
  };

  return {
    claim,
    async complete(key, token, answer, until) {
      const kept = answerCopy(answer);
      const update = { $set: { answer: kept, freeAt: until, bytes: weightOf(kept) } };
      const before = await ask(() =>
        keys.findOneAndUpdate({ _id: key, token, answer: null }, update, { projection: { userId: 1 } }),
      );
      if (before === null) return false;
      if (mayTrim(weightOf(kept))) await trim(before.userId);
      return true;
    },
    async release(key, token) {
      const { deletedCount } = await ask(() => keys.deleteOne({ _id: key, token, answer: null }));
      return deletedCount === 1;
    },
    prune: (now) => inChunks(session, keys, { freeAt: { $lte: now } }, 'delete'),
    forgetUser: (userId) => inChunks(session, keys, { userId: { $eq: userId } }, 'delete'),
  };
}

function claimDocument({ key, userId, fingerprint, token, until }: KeyClaim): IdempotencyDocument {
  return { _id: key, userId, fingerprint, token, freeAt: until, answer: null };
}

function claimedKeyOf({ fingerprint, answer }: IdempotencyDocument): ClaimedKey {
  return { fingerprint, answer: answer === null ? null : answerCopy(answer) };
}

function answerCopy({ status, headers, body }: KeptAnswer): KeptAnswer {
  return { status, headers: { ...headers }, body };
}
