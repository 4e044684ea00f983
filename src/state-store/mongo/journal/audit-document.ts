import type { AuditEntry } from '../../../domain/audit-entry.ts';

export type AuditDocument = Omit<AuditEntry, 'entryId'> & {
  /** The entry's id. */
  readonly _id: string;
};

export function auditDocument(entry: AuditEntry): AuditDocument {
  return { _id: entry.entryId, ...fieldsOf(entry) };
}

export function auditEntryOf(document: AuditDocument): AuditEntry {
  return { entryId: document._id, ...fieldsOf(document) };
}

function fieldsOf(entry: Omit<AuditEntry, 'entryId'>): Omit<AuditEntry, 'entryId'> {
  const { at, userId, scopes, act, provider, resource, before, after, count, outcome, reason, requestId } =
    entry;
  return {
    ...{ at, userId, scopes: [...scopes], act, provider, count, outcome, reason, requestId },
    resource: resource === null ? null : { kind: resource.kind, id: resource.id },
    before: before === null ? null : { ...before },
    after: after === null ? null : { ...after },
  };
}
