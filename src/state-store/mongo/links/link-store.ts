import { connectionOfScope } from '../../../domain/connection.ts';
import { urgencyOf } from '../../lane-urgency.ts';
import type { LinkStore } from '../../link-store.port.ts';
import { timelineIn } from '../journal/stored-timeline-entry.ts';
import { deadLettersIn } from '../letters/stored-dead-letter.ts';
import { inChunks } from '../session/in-chunks.ts';
import type { MongoSession } from '../session/mongo-session.ts';
import { prefixRange } from '../session/prefix-range.ts';
import { createLinkClaiming } from './link-claiming.ts';
import { TO_REST } from './link-conditions.ts';
import { createLinkListing } from './link-listing.ts';
import { createLinkMarking } from './link-marking.ts';
import { createLinkQueries } from './link-queries.ts';
import { createLinkCopies, createLinkSettling } from './link-settling.ts';
import { accountsIn } from '../connections/account-store.ts';
import { looksIn } from './look-store.ts';
import { linksIn } from './stored-link.ts';

export function createLinkStore(session: MongoSession): LinkStore {
  return {
    ...createLinkMarking(session),
    ...createLinkClaiming(session),
    ...createLinkSettling(session),
    ...createLinkCopies(session),
    ...createLinkQueries(session),
    ...createLinkListing(session),
    ...createLinkWork(session),
  };
}

type Work = Pick<LinkStore, 'dropWork' | 'dropWords' | 'dropRun' | 'forget'>;

/** Ending work for a whole scope or run. */
function createLinkWork(session: MongoSession): Work {
  const links = linksIn(session);
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
    async dropWords(scope) {
      const ofLinks = { _id: prefixRange(scope), scope, 'dead.fields.0': present };
      const ofTimelines = { linkId: prefixRange(scope), 'errors.0': present };
      const ofLetters = {
        'delivery.connectionId': connectionOfScope(scope),
        'delivery.scope': scope,
        'fields.0': present,
      };
      return (
        (await inChunks(session, links, ofLinks, { $set: { 'dead.fields': [] } })) +
        (await inChunks(session, timelineIn(session), ofTimelines, { $set: { errors: [] } })) +
        (await inChunks(session, deadLettersIn(session), ofLetters, { $set: { fields: [] } }))
      );
    },
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
      await inChunks(session, timelineIn(session), { linkId: prefixRange(scope) }, 'delete');
      await inChunks(session, looksIn(session), { _id: prefixRange(scope) }, 'delete');
      await session.ask(() => accountsIn(session).deleteOne({ _id: scope }));
      return inChunks(session, links, { _id: prefixRange(scope), scope }, 'delete');
    },
  };
}
