import type { AnyBulkWriteOperation, Filter } from 'mongodb';
import type { TimelineEntry } from '../../../domain/timeline.ts';
import type { TimelineStore } from '../../timeline-store.port.ts';
import { writeUnordered } from '../session/bulk-write.ts';
import { gathered } from '../session/gathered.ts';
import { inChunks } from '../session/in-chunks.ts';
import { pageDocuments, pageOfDocuments } from '../session/page-documents.ts';
import type { MongoSession } from '../session/mongo-session.ts';
import {
  timelineDocument,
  timelineEntryOf,
  timelineIn,
  type TimelineDocument,
} from './stored-timeline-entry.ts';

/** Null is also what is absent, and what the index finds. */
const UNCHECKED: Filter<TimelineDocument> = { checked: null } as object;

export function createTimelineStore(session: MongoSession): TimelineStore {
  const timeline = timelineIn(session);

  const append = async (entries: readonly TimelineEntry[]): Promise<void> => {
    const newest = newestOfSlots(entries);
    const { duplicates } = await writeUnordered(
      session,
      timeline,
      newest.map((document) => replacement(document, true)),
    );
    // The slot holds a newer entry, which stays, or another call has just filled it.
    const standing = duplicates.flatMap((index) => newest[index] ?? []);
    await writeUnordered(
      session,
      timeline,
      standing.map((document) => replacement(document, false)),
    );
  };

  const appendTogether = gathered(async (appends: readonly (readonly TimelineEntry[])[]) => {
    await append(appends.flat());
    return appends.map(() => undefined);
  });

  return {
    append: appendTogether,
    async ofLink(id, cursor, limit) {
      const find = () =>
        timeline
          .find({ linkId: id, ...(cursor !== null && { sequence: { $lt: Number(cursor) } }) })
          .sort({ sequence: -1 })
          .limit(limit + 1);
      return await pageOfDocuments(session, find, limit, timelineEntryOf, ({ sequence }) => String(sequence));
    },
    async ofUser(userId, after, limit) {
      const find = () =>
        timeline
          .find({ userId, ...(after !== null && { entryId: { $gt: after } }) })
          .sort({ entryId: after === null ? -1 : 1 })
          .limit(limit);
      const { items } = await pageDocuments(session, find, limit);
      const entries = items.map(timelineEntryOf);
      return after === null ? entries.reverse() : entries;
    },
    async unchecked(limit) {
      const { items } = await pageDocuments(session, () => timeline.find(UNCHECKED).limit(limit), limit);
      return items.map(timelineEntryOf);
    },
    async rewrite(entries) {
      const documents = entries.map(timelineDocument);
      await writeUnordered(
        session,
        timeline,
        documents.map((document) => {
          const { _id, sequence, entryId } = document;
          return { replaceOne: { filter: { _id, sequence, entryId }, replacement: document } };
        }),
      );
    },
    prune: (before) => inChunks(session, timeline, { at: { $lt: before } }, 'delete'),
  };
}

/** What a batch leaves in each slot: of a link's entries that share one, the last. */
function newestOfSlots(entries: readonly TimelineEntry[]): TimelineDocument[] {
  const slots = new Map<string, TimelineDocument>();
  for (const entry of entries) {
    const document = timelineDocument(entry);
    const other = slots.get(document._id);
    if (other === undefined || other.sequence <= document.sequence) slots.set(document._id, document);
  }
  return [...slots.values()];
}

function replacement(document: TimelineDocument, upsert: boolean): AnyBulkWriteOperation<TimelineDocument> {
  const filter = { _id: document._id, sequence: { $lte: document.sequence } };
  return { replaceOne: { filter, replacement: document, upsert } };
}
