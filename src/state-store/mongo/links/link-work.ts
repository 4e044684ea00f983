import type { LinkStore } from '../../state-store.port.ts';
import { inChunks } from '../session/in-chunks.ts';
import { TO_REST } from './link-conditions.ts';
import { urgencyOf } from './stored-link.ts';
import type { MongoSession } from '../session/mongo-session.ts';
import { prefixRange } from '../session/prefix-range.ts';

type Work = Pick<LinkStore, 'dropWork' | 'dropRun' | 'forget'>;

/** Ending work for a whole scope or run. */
export function createLinkWork(session: MongoSession): Work {
  const { links, timeline } = session;
  const present = { $exists: true };

  return {
    dropWork: (scope) =>
      inChunks(
        session,
        links,
        {
          _id: prefixRange(scope),
          scope,
          $or: [{ nextAt: present }, { notBefore: present }, { run: present }],
        },
        { ...TO_REST, $unset: { ...TO_REST.$unset, notBefore: '', run: '' } },
      ),
    dropRun: (runId) =>
      inChunks(
        session,
        links,
        {
          'run.id': runId,
          'run.result': { $exists: false },
          // A link on another lane is due for a reason of its own.
          lane: { $in: [urgencyOf('replay'), urgencyOf('sync')] },
          nextAt: present,
        },
        TO_REST,
      ),
    // The links go last: while any is left, forgetting again finds the rest.
    async forget(scope) {
      await inChunks(session, timeline, { linkId: prefixRange(scope) }, 'delete');
      return inChunks(session, links, { _id: prefixRange(scope), scope }, 'delete');
    },
  };
}
