import type { Filter } from 'mongodb';
import type { AuditFilter, AuditLog } from '../../audit-log.port.ts';
import { auditDocument, auditEntryOf, type AuditDocument } from './audit-document.ts';
import { inChunks } from '../session/in-chunks.ts';
import type { MongoSession } from '../session/mongo-session.ts';
import { pageOf, placeOf } from '../../page-places.ts';

export function createAuditLog(session: MongoSession): AuditLog {
  const { audit, ask } = session;
  return {
    async append(entry) {
      await ask(() => audit.insertOne(auditDocument(entry)));
    },
    async list(filter, cursor, limit) {
      const found = await ask(() =>
        audit
          .find({ $and: [matching(filter), afterCursor(cursor)] })
          .sort({ at: -1, _id: 1 })
          .limit(limit + 1)
          .toArray(),
      );
      return pageOf(found.map(auditEntryOf), limit, ({ at, entryId }) => ({ at, id: entryId }));
    },
    prune: (before) => inChunks(session, audit, { at: { $lt: before } }, 'delete'),
  };
}

function matching({ userId, act, resourceId, from, to }: AuditFilter): Filter<AuditDocument> {
  return {
    ...(userId !== undefined && { userId: { $eq: userId } }),
    ...(act !== undefined && { act: { $eq: act } }),
    ...(resourceId !== undefined && { 'resource.id': { $eq: resourceId } }),
    ...((from !== undefined || to !== undefined) && {
      at: { ...(from !== undefined && { $gte: from }), ...(to !== undefined && { $lt: to }) },
    }),
  };
}

function afterCursor(cursor: string | null): Filter<AuditDocument> {
  if (cursor === null) return {};
  const { at, id } = placeOf(cursor);
  return { $or: [{ at: { $lt: at } }, { at, _id: { $gt: id } }] };
}
