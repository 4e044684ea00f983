import type { Collection, Filter } from 'mongodb';
import type { AuditEntry } from '../../../domain/audit-entry.ts';
import type { AuditFilter, AuditLog } from '../../audit-log.port.ts';
import { inChunks } from '../session/in-chunks.ts';
import { pageByTime } from '../session/list-pages.ts';
import type { MongoSession } from '../session/mongo-session.ts';

type AuditDocument = Omit<AuditEntry, 'entryId'> & {
  /** The entry's id. */
  readonly _id: string;
};

export function createAuditLog(session: MongoSession): AuditLog {
  const { database, ask } = session;
  const audit: Collection<AuditDocument> = database.collection('audit');
  return {
    async append(entry) {
      await ask(() => audit.insertOne(auditDocument(entry)));
    },
    async list(filter, cursor, limit) {
      const list = { filter: matching(filter), time: 'at', ids: 1 } as const;
      const { items, nextCursor } = await pageByTime(session, audit, list, cursor, limit);
      return { items: items.map(auditEntryOf), nextCursor };
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

function auditDocument(entry: AuditEntry): AuditDocument {
  return { _id: entry.entryId, ...fieldsOf(entry) };
}

function auditEntryOf(document: AuditDocument): AuditEntry {
  return { entryId: document._id, ...fieldsOf(document) };
}

function fieldsOf(entry: Omit<AuditEntry, 'entryId'>): Omit<AuditEntry, 'entryId'> {
  const { at, userId, scopes, act, provider, resource, before, after, count, outcome, reason, requestId } =
    entry;
  return {
    at,
    userId,
    scopes: [...scopes],
    act,
    provider,
    count,
    outcome,
    reason,
    requestId,
    resource: resource === null ? null : { kind: resource.kind, id: resource.id },
    before: before === null ? null : { ...before },
    after: after === null ? null : { ...after },
  };
}
