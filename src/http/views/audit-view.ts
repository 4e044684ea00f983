import Type, { type Static } from 'typebox';
import { AUDIT_ACTS, type AuditedSettings, type AuditEntry } from '../../domain/audit-entry.ts';
import { nullable, Timestamp, timestamp } from './scalars.ts';

const SettingsSchema = nullable(
  Type.Record(Type.String(), Type.Union([Type.String(), Type.Number(), Type.Boolean(), Type.Null()])),
);

export const AuditEntrySchema = Type.Object({
  entryId: Type.String(),
  at: Timestamp,
  userId: Type.String({ description: 'Who did it.' }),
  scopes: Type.Array(Type.String()),
  act: Type.Enum([...AUDIT_ACTS]),
  provider: nullable(Type.String()),
  resource: nullable(
    Type.Object({ kind: Type.Enum(['connection', 'run', 'record', 'replay', 'user']), id: Type.String() }),
  ),
  before: SettingsSchema,
  after: SettingsSchema,
  count: nullable(Type.Integer({ minimum: 0 })),
  outcome: Type.String({ description: '`OK`, or the code of the problem that was answered.' }),
  reason: nullable(Type.String()),
  requestId: Type.String(),
});

export type AuditEntryView = Static<typeof AuditEntrySchema>;

export function auditEntryView(entry: AuditEntry): AuditEntryView {
  const { entryId, at, userId, scopes, act, provider, resource, count, outcome, reason, requestId } = entry;
  return {
    ...{ entryId, userId, scopes: [...scopes], act, provider, count, outcome, reason, requestId },
    at: timestamp(at),
    resource: resource === null ? null : { kind: resource.kind, id: resource.id },
    before: copy(entry.before),
    after: copy(entry.after),
  };
}

function copy(settings: AuditedSettings | null) {
  return settings === null ? null : { ...settings };
}
