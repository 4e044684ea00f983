import type { AuditEntry } from '../../src/domain/audit-entry.ts';
import type { Connection, Scope } from '../../src/domain/connection.ts';
import { DEFAULT_SYNC_CONFIG } from '../../src/domain/connection.ts';
import { NOTHING_OURS, type CrmCopy } from '../../src/domain/crm-copy.ts';
import { decodeLetterId, deliveryLetterId, type DeadLetter } from '../../src/domain/dead-letter.ts';
import type { Contact, Deal, EntityBody, Property, RecordKey } from '../../src/domain/entity.ts';
import { recordKey, referencesOf, splitRecordKey } from '../../src/domain/entity.ts';
import { linkId, type DeadLetterMark, type LinkId } from '../../src/domain/link.ts';
import type { ZenaRecord } from '../../src/domain/record.ts';
import { NO_REPLAY_COUNTS, type Replay } from '../../src/domain/replay.ts';
import type { Run } from '../../src/domain/run.ts';
import type { TimelineEntry } from '../../src/domain/timeline.ts';
import type { LookMark, WantedMark } from '../../src/state-store/link-store.port.ts';

export const USER = 'user-1';
export const CONNECTION_ID = 'conn-1';
export const SCOPE: Scope = `${CONNECTION_ID}.0a1b2c3d4e5f`;

export function contactBody(over: Partial<Contact> = {}): EntityBody {
  const contact: Contact = {
    name: 'Ada Lovelace',
    emails: ['ada@example.test'],
    phones: ['+44 20 7946 0000'],
    role: 'buyer',
    relationshipNotes: [],
    doNotContact: null,
    attributes: {},
    ...over,
  };
  return { kind: 'contact', contact };
}

export function propertyBody(over: Partial<Property> = {}): EntityBody {
  const property: Property = {
    address: '1 Harbour Street, Wellington',
    vendors: [],
    buyers: [],
    milestones: [],
    riskOverview: null,
    attributes: {},
    ...over,
  };
  return { kind: 'property', property };
}

export function dealBody(over: Partial<Deal> = {}): EntityBody {
  const deal: Deal = {
    propertyId: null,
    stage: 'offer',
    riskLevel: 'low',
    riskFlags: [],
    nextAction: null,
    nextActionOwner: null,
    summary: null,
    contacts: [],
    attributes: {},
    ...over,
  };
  return { kind: 'deal', deal };
}

/** A live record of `USER` at revision 1, its references those of its body. */
export function record(entityId: string, body: EntityBody, over: Partial<ZenaRecord> = {}): ZenaRecord {
  return {
    key: recordKey(body.kind, entityId),
    kind: body.kind,
    entityId,
    userId: USER,
    accountId: null,
    version: 1,
    revision: 1,
    deleted: false,
    body,
    occurredAt: 1_000,
    acceptedAt: 1_001,
    place: null,
    references: referencesOf(body),
    formerUserIds: [],
    ...over,
  };
}

export function contact(entityId: string, over: Partial<ZenaRecord> = {}): ZenaRecord {
  return record(entityId, contactBody(), over);
}

/** The record as a delete leaves it. */
export function tombstone(of: ZenaRecord): ZenaRecord {
  return {
    ...of,
    version: of.version + 1,
    revision: of.revision + 1,
    deleted: true,
    body: null,
    references: [],
  };
}

export function connection(over: Partial<Connection> = {}): Connection {
  return {
    connectionId: CONNECTION_ID,
    owner: { type: 'user', id: USER },
    provider: 'mri_vault',
    status: 'active',
    accountKey: 'https://crm.example.test',
    budgetKey: 'https://crm.example.test#k1',
    instanceUrl: 'https://crm.example.test',
    sealed: { v: 1, keyId: 'k1', nonce: 'n', tag: 't', data: 'd' },
    syncConfig: DEFAULT_SYNC_CONFIG,
    health: { state: 'healthy', since: 1_000, reason: null, whoCanFix: 'nobody_needed' },
    epoch: 1,
    connectedAt: 1_000,
    lastSyncAt: null,
    revision: 1,
    ...over,
  };
}

export function wantedMark(key: RecordKey, over: Partial<WantedMark> = {}): WantedMark {
  return { scope: SCOPE, connectionId: CONNECTION_ID, userId: USER, key, wanted: 1, now: 1_000, ...over };
}

export function lookMark(key: RecordKey, over: Partial<LookMark> = {}): LookMark {
  return { scope: SCOPE, connectionId: CONNECTION_ID, userId: USER, key, lane: 'live', now: 1_000, ...over };
}

export function crmCopy(over: Partial<CrmCopy> = {}): CrmCopy {
  return { held: { Email: 'ada@example.test' }, heldAt: 1_000, ours: NOTHING_OURS, before: null, ...over };
}

/** A record that the CRM refused, for the first time. */
export function deadMark(over: Partial<DeadLetterMark> = {}): DeadLetterMark {
  const at = over.at ?? 1_000;
  return {
    code: 'REJECTED',
    detail: 'The CRM refused the record.',
    fields: [],
    at,
    revision: 1,
    attempts: 1,
    id: 'letter-1',
    mapping: 'm1',
    connectionEpoch: 1,
    firstAt: at,
    replays: 0,
    ...over,
  };
}

/** An event at an offset that can't be read, its id that of its place unless told otherwise. */
export function deadLetter(over: Partial<DeadLetter> = {}): DeadLetter {
  const source = over.source ?? { topic: 'zena.contact.changes', partition: 0, offset: '7' };
  const failedAt = over.failedAt ?? 1_000;
  return {
    id: decodeLetterId(source),
    kind: 'decode',
    status: 'open',
    code: 'INVALID_EVENT',
    detail: '/version: missing',
    fields: [],
    firstFailedAt: failedAt,
    failedAt,
    attempts: 1,
    replays: 0,
    source,
    key: new Uint8Array([99, 49]),
    value: new Uint8Array([123, 125]),
    entity: 'contact',
    entityId: 'c1',
    delivery: null,
    ...over,
  };
}

/** A record that the CRM of `connection()` refused, its id that of the delivery unless told otherwise. */
export function deadDelivery(key: RecordKey, over: Partial<DeadLetter> = {}): DeadLetter {
  const id = linkId(SCOPE, key);
  const { kind: entity, entityId } = splitRecordKey(key);
  const delivery = over.delivery ?? {
    linkId: id,
    scope: SCOPE,
    connectionId: CONNECTION_ID,
    userId: USER,
    provider: 'mri_vault',
    revision: 1,
    mapping: 'm1',
  };
  return deadLetter({
    id: deliveryLetterId(delivery.linkId, delivery.revision, delivery.mapping),
    kind: 'deliver',
    code: 'REJECTED',
    detail: 'The CRM refused the record.',
    key: null,
    value: null,
    entity,
    entityId,
    delivery,
    ...over,
    source: null,
  });
}

/** A plan that nobody has begun. */
export function replay(replayId: string, over: Partial<Replay> = {}): Replay {
  return {
    replayId,
    status: 'planned',
    filter: { statuses: ['open'] },
    plan: {
      total: 3,
      toDeliver: 1,
      toDecode: 1,
      superseded: 1,
      parked: 0,
      willFailAgain: 0,
      crmCalls: 2,
    },
    requestedBy: USER,
    createdAt: 1_000,
    expiresAt: 601_000,
    startedAt: null,
    finishedAt: null,
    cursor: null,
    walkedAll: false,
    counts: NO_REPLAY_COUNTS,
    revision: 1,
    ...over,
  };
}

export function run(runId: string, over: Partial<Run> = {}): Run {
  return {
    runId,
    connectionId: CONNECTION_ID,
    scope: SCOPE,
    userId: USER,
    provider: 'mri_vault',
    status: 'running',
    createdAt: 1_000,
    finishedAt: null,
    cursor: { kind: 'contact', after: null },
    walked: 0,
    total: 3,
    unchanged: { contact: 0, property: 0, deal: 0 },
    passed: { superseded: 0, skipped: 0 },
    totals: null,
    reason: null,
    revision: 1,
    ...over,
  };
}

/** Its id sorts by `at`, then by sequence. */
export function timelineEntry(
  linkId: LinkId,
  sequence: number,
  over: Partial<TimelineEntry> = {},
): TimelineEntry {
  const key = linkId.slice(linkId.indexOf('/') + 1) as RecordKey;
  const at = over.at ?? 1_000 + sequence;
  return {
    id: `${String(at).padStart(14, '0')}-${String(sequence).padStart(8, '0')}-${linkId}`,
    linkId,
    sequence,
    at,
    userId: USER,
    connectionId: CONNECTION_ID,
    provider: 'mri_vault',
    ...splitRecordKey(key),
    title: 'Ada Lovelace',
    code: 'updated',
    reason: null,
    detail: 'Sent to the CRM.',
    changed: ['Email'],
    errors: [],
    version: 1,
    lane: 'live',
    latencyMs: 12,
    ...over,
  };
}

export function auditEntry(entryId: string, over: Partial<AuditEntry> = {}): AuditEntry {
  return {
    entryId,
    at: 1_000,
    userId: USER,
    scopes: [],
    act: 'pause',
    provider: null,
    resource: null,
    before: null,
    after: null,
    count: null,
    outcome: 'OK',
    reason: null,
    requestId: 'request-1',
    ...over,
  };
}
