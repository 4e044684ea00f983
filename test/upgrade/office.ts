import type { ChangeEvent } from '../../src/domain/change-event.ts';
import { recordKey, type EntityBody, type EntityKind, type RecordKey } from '../../src/domain/entity.ts';
import type { Json } from '../../src/domain/json.ts';
import { expectedFields } from '../support/expected-fields.ts';
import type { VaultCollection } from '../../src/sandbox/mri-vault/vault-record.ts';

/** What an entity is called, in Zena and in the CRM alike; its id, which no CRM ever sees, is another text. */
export interface Entity {
  readonly kind: EntityKind;
  readonly userId: string;
  readonly name: string;
}

/** What of a record changes from version to version, or makes it a special one. */
export interface Content {
  readonly version?: number;
  /** Of which version the content is, where an older one comes back. */
  readonly says?: number;
  /** Of a contact; null: it has none. */
  readonly email?: string | null;
  /** Names of contacts, and a deal's property. */
  readonly contacts?: readonly string[];
  readonly property?: string;
}

export const COLLECTIONS = {
  contact: 'contacts',
  property: 'properties',
  deal: 'deals',
} as const satisfies Readonly<Record<EntityKind, VaultCollection>>;
/** Where a CRM record keeps what the entity is called. */
const NAME_FIELDS: Readonly<Record<EntityKind, string>> = {
  contact: 'firstName',
  property: 'address',
  deal: 'summary',
};

export type CrmRecord = Readonly<Record<string, Json>>;
export type CrmRecords = Readonly<Record<EntityKind, readonly CrmRecord[]>>;

export function nameIn(kind: EntityKind, record: CrmRecord): string {
  return `${kind} ${String(record[NAME_FIELDS[kind]])}`;
}

export function nameOf({ kind, name }: Pick<Entity, 'kind' | 'name'>): string {
  return `${kind} ${name}`;
}

/** The event of a version of an entity, 1 unless told. */
export function upsert(entity: Entity, content: Content = {}): ChangeEvent {
  return eventOf(entity, content.version ?? 1, bodyOf(entity, content));
}

export function removal(entity: Entity, version: number): ChangeEvent {
  return eventOf(entity, version, null);
}

/** What Zena calls it; no CRM ever sees it. */
export function idOf(userId: string, kind: EntityKind, name: string): string {
  return `zenaid-${userId}-${kind}-${name}`;
}

/** A version of an entity; null: it is deleted. */
export function eventOf(
  { kind, userId, name }: Entity,
  version: number,
  body: EntityBody | null,
): ChangeEvent {
  const entityId = idOf(userId, kind, name);
  return {
    kind,
    userId,
    entityId,
    version,
    body,
    eventId: `${entityId}-${version}`,
    occurredAt: Date.now(),
    operation: body === null ? 'DELETE' : 'UPSERT',
    origin: 'zena',
    accountId: null,
    causationId: null,
  };
}

function bodyOf({ kind, userId, name }: Entity, content: Content): EntityBody {
  const {
    version: newest = 1,
    says: version = newest,
    email = `${name}@${userId}.example.test`,
    contacts = [],
    property,
  } = content;
  const contactIds = contacts.map((each) => idOf(userId, 'contact', each));
  const attributes = {};
  if (kind === 'contact') {
    const emails = email === null ? [] : [email];
    const phones = [`021 ${String(version).padStart(3, '0')}`];
    const relationshipNotes = [`${name} note`];
    const contact = { name: `${name} Of ${userId}`, emails, phones, role: 'buyer', relationshipNotes };
    return { kind, contact: { ...contact, doNotContact: null, attributes } };
  }
  if (kind === 'property') {
    const riskOverview = `version ${version}`;
    const vendors = contactIds;
    return {
      kind,
      property: { address: name, vendors, buyers: [], milestones: [], riskOverview, attributes },
    };
  }
  const propertyId = property === undefined ? null : idOf(userId, 'property', property);
  const next = { nextAction: `version ${version}`, nextActionOwner: null, summary: name };
  const risk = { riskLevel: 'low', riskFlags: [] };
  return { kind, deal: { propertyId, stage: 'offer', ...risk, ...next, contacts: contactIds, attributes } };
}

/**
 * How the CRM differs from the newest of these events; empty where it is equal and holds each entity once. `superseded` names the
 * contacts that share another's CRM record.
 */
export function differences(
  events: readonly ChangeEvent[],
  records: CrmRecords,
  superseded: ReadonlySet<string> = new Set(),
): string[] {
  const newest = new Map<RecordKey, ChangeEvent>();
  for (const event of events) {
    const key = recordKey(event.kind, event.entityId);
    if ((newest.get(key)?.version ?? 0) < event.version) newest.set(key, event);
  }
  const held = new Map<string, CrmRecord[]>();
  for (const kind of ['contact', 'property', 'deal'] as const) {
    for (const record of records[kind]) {
      held.set(nameIn(kind, record), [...(held.get(nameIn(kind, record)) ?? []), record]);
    }
  }
  const remoteIdOf = (key: RecordKey): string | null => {
    const body = newest.get(key)?.body ?? null;
    const record = body === null ? undefined : held.get(nameOfBody(body))?.[0];
    return record === undefined ? null : String(record['id']);
  };
  return [...newest.values()].flatMap(({ kind, entityId, userId, body }) => {
    const name = `${kind} ${entityId.slice(idOf(userId, kind, '').length)}`;
    const copies = held.get(name) ?? [];
    if (body === null || superseded.has(name)) return copies.length === 0 ? [] : [`${name} is still there`];
    if (copies.length !== 1) return [`${name} is there ${copies.length} times`];
    return Object.entries(expectedFields(body, remoteIdOf))
      .filter(([field, value]) => JSON.stringify(copies[0]?.[field] ?? null) !== JSON.stringify(value))
      .map(([field]) => `${name} differs in ${field}: ${JSON.stringify(copies[0]?.[field])}`);
  });
}

function nameOfBody(body: EntityBody): string {
  return nameIn(
    body.kind,
    expectedFields(body, () => null),
  );
}
