import type { ConnectorKind, CrmConnector } from '../../connectors/connector.port.ts';
import { scopeOf, type Connection, type Scope } from '../../domain/connection.ts';
import { hashesOf, isKey } from '../../domain/deciding/sharers.ts';
import type { AccountView, Neighbour } from '../../domain/deciding/step.ts';
import { splitRecordKey, type RecordKey } from '../../domain/entity.ts';
import { linkId, type Link, type LinkHead, type LinkId } from '../../domain/link.ts';
import { draftOf, type Draft } from '../../domain/mapping.ts';
import { asSeenBy, type Principal } from '../../domain/may-see.ts';
import { findableRecord, type KnownRecord, type RecordHead, type ZenaRecord } from '../../domain/record.ts';
import { IN_DOUBT } from '../../domain/crm-copy.ts';
import type { CrmFields, NaturalKey } from '../../domain/remote-record.ts';
import {
  referenceState,
  remoteIdOf,
  unknownProperty,
  type ReferenceState,
  type References,
} from '../../domain/reference.ts';
import type { NeighbourMarks } from '../../state-store/link-store.port.ts';
import type { RecordPart } from '../../state-store/record-store.port.ts';
import type { StateStore } from '../../state-store/state-store.port.ts';

type Reads = Pick<StateStore, 'records' | 'links'>;

/** As many records as are read at once, as somebody sees them: of another's nothing but that it is another's. */
export async function readSeen(
  { records }: Pick<StateStore, 'records'>,
  principal: Principal,
  keys: readonly RecordKey[],
): Promise<RecordPart> {
  const part = await records.readPart(keys);
  const seen = [...part.records].map(([key, record]) => [key, asSeenBy(principal, record)] as const);
  return { records: new Map(seen), rest: part.rest };
}

/** What a page of claimed links needs to know: read after the claims, so that whatever changes later asks for another look. */
export interface PageView extends Referenced {
  readonly records: ReadonlyMap<RecordKey, ZenaRecord>;
}

/** What records refer to: whether and as what the CRM has it, never its content. */
export interface Referenced {
  readonly referenced: ReadonlyMap<RecordKey, RecordHead>;
  readonly referencedLinks: ReadonlyMap<LinkId, LinkHead>;
}

/** As many of a page's records as are read at once; `rest`: those that were not looked at. */
export async function readPage(
  store: Reads,
  connection: Pick<Connection, 'connectionId' | 'accountKey' | 'owner'>,
  page: readonly RecordKey[],
): Promise<{ readonly view: PageView; readonly rest: readonly RecordKey[] }> {
  const { records, rest } = await readSeen(store, connection.owner, page);
  return { view: { records, ...(await readReferenced(store, scopeOf(connection), records.values())) }, rest };
}

export async function readReferenced(
  store: Reads,
  scope: Scope,
  records: Iterable<ZenaRecord>,
): Promise<Referenced> {
  const keys = new Set<RecordKey>();
  for (const record of records) for (const key of record.references) keys.add(key);
  if (keys.size === 0) return { referenced: new Map(), referencedLinks: new Map() };
  const wanted = [...keys];
  const referenced = await store.records.heads(wanted);
  const referencedLinks = await store.links.heads(wanted.map((key) => linkId(scope, key)));
  return { referenced, referencedLinks };
}

export interface Desired {
  readonly record: ZenaRecord | null;
  readonly references: References;
  /** Null where there is nothing to send: no live record, or a kind that the CRM doesn't have. */
  readonly draft: Draft | null;
  /** Whether a record of the owner refers to it; only asked where its kind is looked up and never written. */
  readonly referred: boolean;
}

/** What the CRM should hold for a record, as far as its references allow now. */
export function desiredOf(
  scope: Scope,
  connection: Connection,
  connector: CrmConnector,
  key: RecordKey,
  page: PageView,
  now: number,
): Desired {
  const record = page.records.get(key) ?? null;
  const references = new Map<RecordKey, ReferenceState>();
  for (const to of record?.references ?? []) {
    const link = page.referencedLinks.get(linkId(scope, to));
    const supports = (kind: keyof CrmConnector['kinds']): boolean => connector.kinds[kind] !== undefined;
    const referenced = page.referenced.get(to);
    const awaited =
      referenced === undefined && !link?.remote && awaitsUnknown(record, to) && supports('property');
    references.set(
      to,
      awaited
        ? unknownProperty(record?.acceptedAt ?? 0, now)
        : referenceState(referenced, link, connection, supports, now),
    );
  }
  const body = record?.body ?? null;
  const mapping = body === null ? undefined : connector.kinds[body.kind];
  const { timeZone } = connection.syncConfig;
  const context = { resolve: (to: RecordKey) => remoteIdOf(references, to), timeZone };
  const draft = body === null || mapping === undefined ? null : draftOf(body, mapping, context);
  return { record, references, draft, referred: false };
}

/** Only a deal's property: without it a deal is another one. */
function awaitsUnknown(record: ZenaRecord | null, to: RecordKey): boolean {
  return record?.kind === 'deal' && splitRecordKey(to).kind === 'property';
}

/**
 * What other connections of the CRM account have: asked for a record that is in no CRM yet or has another key now, by its keys, and for one
 * that is to be deleted or that one of them wrote to, by its CRM record. Else nobody needs to know.
 */
export async function readAccount(
  { links }: Pick<StateStore, 'links'>,
  of: Link,
  { record, draft }: Pick<Desired, 'record' | 'draft'>,
  kind: Pick<ConnectorKind, 'keys'> | null,
): Promise<AccountView> {
  const { remote } = of;
  const has = (hashes: readonly string[]): boolean => of.keyHash !== null && hashes.includes(of.keyHash);
  const keys = (draft?.keys ?? []).filter((key) => remote === null || !has(hashesOf(key)));
  const remoteIds =
    remote !== null && (record?.deleted === true || of.kinWroteAt !== null) ? [remote.id] : [];
  if (keys.length + remoteIds.length === 0) return ALONE;
  const keyHashes = keys.flatMap(hashesOf);
  const kin = await links.findKin(of, { keyHashes, remoteIds });
  const known = new Map<string, string>();
  for (const link of kin) {
    const key = keys.find((each) => isKinOf(link, each, kind));
    if (key !== undefined && link.remote !== null && !known.has(key.hash))
      known.set(key.hash, link.remote.id);
  }
  return {
    known,
    shared: kin.some((link) => link.remote !== null && link.remote.id === remote?.id),
    held: heldByKin(of, kin),
  };
}

/** Whoever of them wrote or read a CRM record last knows best what it holds; where it is the link's own, only if that was later. */
function heldByKin(of: Link, kin: readonly Link[]): AccountView['held'] {
  const held = new Map<string, CrmFields>();
  const ownAt = of.copy?.held === null ? IN_DOUBT : (of.copy?.heldAt ?? IN_DOUBT);
  const last = kin.toSorted(
    (one, other) => (one.copy?.heldAt ?? IN_DOUBT) - (other.copy?.heldAt ?? IN_DOUBT),
  );
  for (const { remote, copy } of last) {
    if (remote === null || copy === null || copy.held === null) continue;
    if (copy.heldAt > (remote.id === of.remote?.id ? ownAt : IN_DOUBT)) held.set(remote.id, copy.held);
  }
  return held;
}

/**
 * Whether a link of another connection stands for what has this key. Those of before are remembered by hashes that two addresses have
 * (`5 12 High St` and `5/12 High St`), so that where one alone may have a CRM record, what it was last seen to hold decides.
 */
function isKinOf(
  { kind, keyHash, copy, shadow }: Link,
  key: NaturalKey,
  mapping: Pick<ConnectorKind, 'keys'> | null,
): boolean {
  if (kind === 'contact') return isKey(keyHash, key);
  const seen = copy?.held ?? shadow?.fields ?? null;
  return seen !== null && (mapping?.keys(seen) ?? []).some(({ hash }) => hash === key.hash);
}

/** No other connection has anything in the account. */
export const ALONE: AccountView = { known: new Map(), shared: false, held: new Map() };

/** Links that share a CRM record or a natural key with this one, each with its record; read under the mutex of those keys. */
export async function readNeighbours(
  store: Reads,
  principal: Principal,
  link: Link,
  marks: NeighbourMarks,
): Promise<Neighbour[]> {
  if (marks.remoteIds.length + marks.keyHashes.length === 0) return [];
  const others = await store.links.findNeighbours(link, marks);
  if (others.length === 0) return [];
  const records = new Map<RecordKey, KnownRecord>(
    await store.records.heads(others.map((other) => other.key)),
  );
  for (let rest = rememberedOtherwise(others, marks); rest.length > 0;) {
    const part = await readSeen(store, principal, rest);
    for (const [key, record] of part.records) records.set(key, findableRecord(record));
    rest = part.rest;
  }
  return others.map((other) => ({ link: other, record: records.get(other.key) ?? null }));
}

/** Contacts whose links are remembered by another key than the one planned: what they are found by now is in their records. */
function rememberedOtherwise(others: readonly Link[], { keyHashes }: NeighbourMarks): readonly RecordKey[] {
  return others
    .filter(({ kind, keyHash }) => kind === 'contact' && keyHash !== null && !keyHashes.includes(keyHash))
    .map(({ key }) => key);
}
