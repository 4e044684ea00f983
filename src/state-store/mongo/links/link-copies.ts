import type { UpdateFilter } from 'mongodb';
import type { LinkId, RunResult } from '../../../domain/link.ts';
import type { LinkStore } from '../../link-store.port.ts';
import type { MongoSession } from '../session/mongo-session.ts';
import { copyDocument, linksIn, type LinkDocument } from './stored-link.ts';

/** A record whose copy in the CRM became equal, or was. */
const EQUAL_RESULTS: readonly RunResult[] = ['created', 'updated', 'unchanged'];

type Copies = Pick<LinkStore, 'clearShadows' | 'clearCopies' | 'noteCopy' | 'passOurs' | 'noteTouched'>;

/** What is known of the CRM records of links, also written by those who don't hold them. */
export function createLinkCopies(session: MongoSession): Copies {
  const { ask } = session;
  const links = linksIn(session);
  const changeAll = async (ids: readonly LinkId[], update: UpdateFilter<LinkDocument>): Promise<void> => {
    if (ids.length > 0) await ask(() => links.updateMany({ _id: { $in: [...ids] } }, update));
  };

  return {
    clearShadows: (ids) => changeAll(ids, { $unset: { shadow: '' } }),
    async clearCopies(ids, overtakenIn = null) {
      await changeAll(ids, { $unset: { shadow: '', copy: '' } });
      if (overtakenIn === null || ids.length === 0) return;
      const equal = {
        _id: { $in: [...ids] },
        'run.id': overtakenIn,
        'run.result': { $in: [...EQUAL_RESULTS] },
      };
      await ask(() => links.updateMany(equal, { $set: { 'run.result': 'superseded' } }));
    },
    async noteCopy(id, token, copy) {
      const ours = { _id: id, 'claim.token': token };
      const { matchedCount } = await ask(() => links.updateOne(ours, { $set: { copy: copyDocument(copy) } }));
      return matchedCount === 1;
    },
    passOurs: (to, copy) => changeAll([to], { $set: { copy: copyDocument(copy) } }),
    noteTouched: (ids, at) => changeAll(ids, { $max: { touchedAt: at } }),
  };
}
