import Type, { type Static } from 'typebox';
import {
  AUDIT_ACTS,
  AUDITED_KINDS,
  type AuditedSettings,
  type AuditEntry,
} from '../../domain/audit-entry.ts';
import type { ConnectionSummary } from '../../operations/list-connections.ts';
import type { WorkerSummary } from '../../operations/list-workers.ts';
import { Count, nullable, Seconds, Timestamp, timestamp, timestampOrNull } from './scalars.ts';

/** A connection as operators see it, whoever owns it. */
export const OpsConnectionSchema = Type.Object({
  connectionId: Type.String(),
  userId: Type.String(),
  provider: Type.String(),
  status: Type.String(),
  health: Type.Object({
    state: Type.String(),
    since: Timestamp,
    reason: nullable(Type.String()),
    whoCanFix: Type.String(),
  }),
  counts: Type.Object({ linked: Count, due: Count, waiting: Count, failed: Count }),
  lagSeconds: Seconds,
  connectedAt: Timestamp,
  lastSyncAt: nullable(Timestamp),
});

export type OpsConnectionView = Static<typeof OpsConnectionSchema>;

export function opsConnectionView({ connection, counts, lagSeconds }: ConnectionSummary): OpsConnectionView {
  const { state, since, reason, whoCanFix } = connection.health;
  const { linked, due, waiting, failed } = counts;
  return {
    connectionId: connection.connectionId,
    userId: connection.owner.id,
    provider: connection.provider,
    status: connection.status,
    health: { state, since: timestamp(since), reason, whoCanFix },
    counts: { linked, due, waiting, failed },
    lagSeconds,
    connectedAt: timestamp(connection.connectedAt),
    lastSyncAt: timestampOrNull(connection.lastSyncAt),
  };
}

export const WorkerSchema = Type.Object({
  workerId: Type.String(),
  label: Type.String({ description: 'Host and process.' }),
  shards: Type.Integer({ minimum: 0, description: 'Parts of the budgets that it holds.' }),
  draining: Type.Boolean({ description: 'It hands over what it holds and takes nothing.' }),
  startedAt: Timestamp,
  beatAt: Timestamp,
  beatAgeSeconds: Seconds,
});

export type WorkerView = Static<typeof WorkerSchema>;

export function workerView({ worker, shards, beatAgeSeconds }: WorkerSummary): WorkerView {
  const { workerId, label, draining, startedAt, beatAt } = worker;
  return {
    workerId,
    label,
    shards,
    draining,
    startedAt: timestamp(startedAt),
    beatAt: timestamp(beatAt),
    beatAgeSeconds,
  };
}

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
  resource: nullable(Type.Object({ kind: Type.Enum([...AUDITED_KINDS]), id: Type.String() })),
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
    entryId,
    at: timestamp(at),
    userId,
    scopes: [...scopes],
    act,
    provider,
    resource: resource === null ? null : { kind: resource.kind, id: resource.id },
    before: copy(entry.before),
    after: copy(entry.after),
    count,
    outcome,
    reason,
    requestId,
  };
}

function copy(settings: AuditedSettings | null) {
  return settings === null ? null : { ...settings };
}
