import { type Connection, scopeOf } from '../domain/connection.ts';
import { type EntityKind, recordKey } from '../domain/entity.ts';
import { type Link, type LinkGlance, linkId, type LinkState, linkState } from '../domain/link.ts';
import { ownOnly, userPrincipal } from '../domain/may-see.ts';
import { summaryOf, type RecordSummary } from '../domain/record.ts';
import type { TimelineEntry } from '../domain/timeline.ts';
import type { Page } from '../domain/page.ts';
import { findIntegration, findSpeaking } from './connection-access.ts';
import type { ListedLink } from '../state-store/link-store.port.ts';
import type { IntegrationPorts } from './integration.port.ts';
import { failed, NOT_FOUND, type Outcome, success } from './integration-failure.ts';
import { workRefusal } from './sync.ts';
import { readChecked } from './timeline-tail.ts';

type RecordPorts = Pick<IntegrationPorts, 'store' | 'catalogue' | 'clock' | 'reconciler'>;

export interface RecordQuery {
  readonly text: string | null;
  readonly state: LinkState | null;
  readonly kind: EntityKind | null;
  readonly cursor: string | null;
  readonly limit: number;
}

/** A link's state as people read it: a contact that rests because a newer one with its e-mail speaks for their CRM record says so. */
export type RecordState = LinkState | 'superseded';

/** One record as it stands in one CRM account. */
export interface SyncedRecord {
  readonly kind: EntityKind;
  readonly entityId: string;
  readonly state: RecordState;
  /** Null when it is the caller's no more. */
  readonly record: RecordSummary | null;
  /** Null when nothing was ever to be done for it here. */
  readonly link: LinkGlance | null;
}

/** As it is read alone: with what the CRM is known to hold. */
export interface ReadRecord extends SyncedRecord {
  readonly link: Link | null;
}

export interface RecordHistory extends ReadRecord {
  /** Newest first. */
  readonly timeline: Page<TimelineEntry>;
}

export interface RecordAddress {
  readonly userId: string;
  readonly provider: string;
  readonly kind: EntityKind;
  readonly entityId: string;
}

/** The records that this connection has dealt with, by link id. */
export async function listRecords(
  ports: RecordPorts,
  userId: string,
  provider: string,
  { text, state, kind, cursor, limit }: RecordQuery,
): Promise<Outcome<Page<SyncedRecord>>> {
  const found = await findIntegration(ports, userId, provider);
  if (!found.ok) return found;
  const { connection } = found.value;
  const scope = scopeOf(connection);
  if (cursor !== null && !cursor.startsWith(`${scope}/`)) {
    const detail = 'This cursor is of another list.';
    return failed({ code: 'INVALID', faults: [{ pointer: '/query/cursor', code: 'INVALID', detail }] });
  }
  const now = ports.clock.now();
  const filter = {
    scope,
    ...(text !== null && { text }),
    ...(state !== null && { state }),
    ...(kind !== null && { kind }),
  };
  const page = await ports.store.links.list(filter, now, cursor, limit);
  return success({
    items: page.items.map((listed) =>
      syncedRecord(connection, { ...listed, record: ownOnly(userPrincipal(userId), listed.record) }, now),
    ),
    nextCursor: page.nextCursor,
  });
}

/** Everything that is known of one record in the caller's CRM. */
export async function readRecord(
  ports: RecordPorts,
  { userId, provider, kind, entityId }: RecordAddress,
  page: { readonly cursor: string | null; readonly limit: number },
): Promise<Outcome<RecordHistory>> {
  const found = await findIntegration(ports, userId, provider);
  if (!found.ok) return found;
  const read = await readLinked(ports, found.value.connection, kind, entityId);
  if (read === null) return NOT_FOUND;
  const id = linkId(scopeOf(found.value.connection), recordKey(kind, entityId));
  const { items, nextCursor } = await ports.store.timeline.ofLink(id, page.cursor, page.limit);
  return success({ ...read, timeline: { items: await readChecked(ports.store, items), nextCursor } });
}

/** Makes a record due at once, whatever it waits for; the loop delivers it. */
export async function deliverNow(
  ports: RecordPorts,
  { userId, provider, kind, entityId }: RecordAddress,
): Promise<Outcome<SyncedRecord>> {
  const found = await findSpeaking(ports, userId, provider);
  if (!found.ok) return found;
  const { connection } = found.value;
  const before = await readLinked(ports, connection, kind, entityId);
  if (before?.record == null) return NOT_FOUND;
  const refusal = workRefusal(connection);
  if (refusal !== null) return failed(refusal);
  const scope = scopeOf(connection);
  const { connectionId } = connection;
  const key = recordKey(kind, entityId);
  const now = ports.clock.now();
  await ports.store.links.markLook([
    { scope, connectionId, userId, key, lane: 'live', now, skipBackOff: true },
  ]);
  ports.reconciler.nudge(scope);
  const after = await readLinked(ports, connection, kind, entityId);
  return after === null ? NOT_FOUND : success(after);
}

/** A duplicate that another record was linked to since is none any more. */
async function straysNow({ links }: RecordPorts['store'], link: Link): Promise<Link['strays']> {
  const { scope, kind, strays } = link;
  if (strays.length === 0) return strays;
  const taken = new Set<string>();
  await links.visitByRemote(scope, kind, strays, ({ remote }) => {
    if (remote !== null) taken.add(remote.id);
  });
  return strays.filter((id) => !taken.has(id));
}

async function readLinked(
  { store, clock }: RecordPorts,
  connection: Connection,
  kind: EntityKind,
  entityId: string,
): Promise<ReadRecord | null> {
  const key = recordKey(kind, entityId);
  const id = linkId(scopeOf(connection), key);
  const [records, links] = await Promise.all([store.records.read([key]), store.links.read([id])]);
  const own = ownOnly(connection.owner, records.get(key));
  const record = own === null ? null : summaryOf(own);
  const link = links.get(id);
  if (link !== undefined) {
    const isAcknowledged = link.shadow !== null;
    return {
      ...syncedRecord(connection, { link, isAcknowledged, record }, clock.now()),
      link: { ...link, strays: await straysNow(store, link) },
    };
  }
  return record === null ? null : { kind, entityId, state: 'unlinked', record, link: null };
}

function syncedRecord(
  { syncConfig }: Connection,
  { link, isAcknowledged, record }: ListedLink,
  now: number,
): SyncedRecord {
  const state = linkState(link, now);
  // Whoever writes a CRM record unsets what the others knew of it; nothing else lets a contact that is sent rest without that.
  const speaks = link.kind !== 'contact' || isAcknowledged || !syncConfig.syncContacts;
  const isSuperseded = state === 'linked' && !speaks && record?.deleted === false;
  return {
    kind: link.kind,
    entityId: link.entityId,
    state: isSuperseded ? 'superseded' : state,
    record,
    link,
  };
}
