import type { Collection } from 'mongodb';
import { connectionOfScope, type Scope } from '../../../domain/connection.ts';
import type { EntityKind } from '../../../domain/entity.ts';
import type { ClockLag } from '../../../domain/crm-copy.ts';
import type { LookStore } from '../../look-store.port.ts';
import { isDuplicateKey } from '../session/mongo-errors.ts';
import { NEWEST, type MongoSession } from '../session/mongo-session.ts';

export interface LookDocument {
  /** The scope and, after a slash, the kind. */
  readonly _id: string;
  readonly connectionId: string;
  readonly from: number;
  readonly to: number;
  readonly behind?: ClockLag;
}

export function looksIn({ database }: MongoSession): Collection<LookDocument> {
  return database.collection('looks');
}

export function createLookStore(session: MongoSession): LookStore {
  const { ask } = session;
  const looks = looksIn(session);
  return {
    async read(scope, kind) {
      const found = await ask(() => looks.findOne({ _id: lookId(scope, kind) }, NEWEST));
      if (found === null) return null;
      const { from, to, behind } = found;
      return { from, to, ...(behind !== undefined && { behind }) };
    },
    async write(scope, kind, { from, to, behind }) {
      const _id = lookId(scope, kind);
      const told = behind === undefined ? {} : { behind };
      const same = behind === undefined ? [] : [{ to, from }];
      const earlier = { _id, $or: [{ to: { $lt: to } }, ...same] };
      const update = { $set: { connectionId: connectionOfScope(scope), from, to, ...told } };
      try {
        await ask(() => looks.updateOne(earlier, update, { upsert: true }));
      } catch (error) {
        if (!isDuplicateKey(error)) throw error;
        // One stands that goes as far, or one was written at the same time that doesn't.
        await ask(() => looks.updateOne(earlier, update));
      }
    },
  };
}

function lookId(scope: Scope, kind: EntityKind): string {
  return `${scope}/${kind}`;
}
