import type { ConnectorKind, CrmConnector } from '../../connectors/connector.port.ts';
import { scopeOf, type Connection, type Scope } from '../../domain/connection.ts';
import { hashesOf, isKey } from '../../domain/deciding/sharers.ts';
import type { AccountView, Inheritance, Neighbour } from '../../domain/deciding/step.ts';
import { splitRecordKey, type RecordKey } from '../../domain/entity.ts';
import { linkId, type Link, type LinkHead, type LinkId } from '../../domain/link.ts';
import type { Json } from '../../domain/json.ts';
import { draftOf, type Draft } from '../../domain/mapping.ts';
import { asSeenBy, type Principal } from '../../domain/may-see.ts';
import { findableRecord, type KnownRecord, type RecordHead, type ZenaRecord } from '../../domain/record.ts';
import { IN_DOUBT } from '../../domain/crm-copy.ts';
import type { CrmFields, NaturalKey } from '../../domain/remote-record.ts';
import {
  referenceState,
  saidNothing,
  remoteIdOf,
  awaitsProperty,
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

/** What records refer to: whether and as what the CRM has it, and its content only where the mapping uses that. */
export interface Referenced {
  readonly referenced: ReadonlyMap<RecordKey, RecordHead>;
  readonly referencedLinks: ReadonlyMap<LinkId, LinkHead>;
  /** As the owner sees them; of kinds whose content is used alone. */
  readonly contents: ReadonlyMap<RecordKey, ZenaRecord>;
}

/** As many of a page's records as are read at once; `rest`: those that were not looked at. */
export async function readPage(
  store: Reads,
  readFor: ReadFor,
  page: readonly RecordKey[],
): Promise<{ readonly view: PageView; readonly rest: readonly RecordKey[] }> {
  const { records, rest } = await readSeen(store, readFor.connection.owner, page);
  return { view: { records, ...(await readReferenced(store, readFor, records.values())) }, rest };
}

/** Whose records are read, and for which CRM. */
export interface ReadFor {
  readonly connection: Pick<Connection, 'connectionId' | 'accountKey' | 'owner'>;
  readonly connector: Pick<CrmConnector, 'kinds'>;
}

export async function readReferenced(
  store: Reads,
  readFor: ReadFor,
  records: Iterable<ZenaRecord>,
): Promise<Referenced> {
  const keys = new Set<RecordKey>();
  const used = new Set<RecordKey>();
  for (const record of records) {
    const uses = readFor.connector.kinds[record.kind]?.readsContentOf ?? [];
    for (const key of record.references) {
      keys.add(key);
      if (uses.includes(splitRecordKey(key).kind)) used.add(key);
    }
  }
  if (keys.size === 0) return NOTHING_REFERENCED;
  const wanted = [...keys];
  const scope = scopeOf(readFor.connection);
  const referenced = await store.records.heads(wanted);
  const referencedLinks = await store.links.heads(wanted.map((key) => linkId(scope, key)));
  const contents = new Map<RecordKey, ZenaRecord>();
  for (let rest: readonly RecordKey[] = [...used]; rest.length > 0;) {
    const part = await readSeen(store, readFor.connection.owner, rest);
    for (const [key, record] of part.records) contents.set(key, record);
    rest = part.rest;
  }
  return { referenced, referencedLinks, contents };
}

export const NOTHING_REFERENCED: Referenced = {
  referenced: new Map(),
  referencedLinks: new Map(),
  contents: new Map(),
};

/** What the CRM's account is known to have, by the names that a mapping asked for; null: nobody asked. */
export type AccountFacts = ReadonlyMap<string, Json> | null;

export const NO_FACTS: AccountFacts = null;

export interface Desired {
  readonly record: ZenaRecord | null;
  readonly references: References;
  /** Null where there is nothing to send: no live record, or a kind that the CRM doesn't have. */
  readonly draft: Draft | null;
  /** Whether a record of the owner refers to it; only asked where its kind is looked up and never written. */
  readonly referred: boolean;
}

export interface DesiredFor {
  readonly scope: Scope;
  readonly connection: Connection;
  readonly connector: CrmConnector;
}

/** What the CRM should hold for a record, as far as its references allow now. Without facts no refusal by what isn't in them is one. */
export function desiredOf(
  { scope, connection, connector }: DesiredFor,
  key: RecordKey,
  page: PageView,
  now: number,
  facts: AccountFacts,
): Desired {
  const record = page.records.get(key) ?? null;
  const references = new Map<RecordKey, ReferenceState>();
  for (const to of record?.references ?? []) {
    const link = page.referencedLinks.get(linkId(scope, to));
    const supports = (kind: keyof CrmConnector['kinds']): boolean => connector.kinds[kind] !== undefined;
    const referenced = page.referenced.get(to);
    const isUnknown = referenced === undefined || saidNothing(link, referenced);
    const awaited =
      isUnknown &&
      !link?.remote &&
      record !== null &&
      awaitsProperty(record.kind, to) &&
      supports('property');
    references.set(
      to,
      awaited
        ? unknownProperty(record.acceptedAt, now)
        : referenceState(referenced, link, connection, supports, now),
    );
  }
  const body = record?.body ?? null;
  const mapping = body === null ? undefined : connector.kinds[body.kind];
  if (body === null || mapping === undefined) return { record, references, draft: null, referred: false };
  const { timeZone, stages } = connection.syncConfig;
  const draft = draftOf(body, mapping, {
    self: key,
    resolve: (to) => remoteIdOf(references, to),
    timeZone,
    ...(stages !== undefined && { stages }),
    referred: (to) => page.contents.get(to)?.body ?? null,
    ...(facts !== null && { facts }),
  });
  const refusals =
    facts === null ? draft.refusals.filter(({ missingIn }) => missingIn === undefined) : draft.refusals;
  return { record, references, draft: { ...draft, refusals }, referred: false };
}

/**
 * What other connections of the CRM account have: asked for a record that is in no CRM yet or has another key now, by its keys, and for one
 * that is to be deleted or that one of them wrote to, by its CRM record. Else nobody needs to know.
 */
export async function readAccount(
  { links, records, connections }: Pick<StateStore, 'links' | 'records' | 'connections'>,
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
  const sharing = kin.filter((link) => link.remote !== null && link.remote.id === remote?.id);
  const held = heldByKin(of, kin);
  if (record?.deleted !== true) return { known, shared: sharing.length > 0, inherited: null, held };
  const theirs = await records.read(sharing.map(({ key }) => key));
  // A record that is another user's by now is nobody's here: its CRM record stays as it is, whoever has it.
  const own = sharing.filter(({ key, userId }) => theirs.get(key)?.userId === userId);
  const left = own.filter(({ key }) => theirs.get(key)?.deleted === true);
  const shared = left.length < own.length;
  return { known, shared, inherited: shared ? null : await inheritance(connections, left), held };
}

/** Whoever made it and deleted it in Zena left it for the others alone, unless nothing is to be removed where it is connected. */
async function inheritance(
  connections: Pick<StateStore['connections'], 'read'>,
  left: readonly Link[],
): Promise<Inheritance | null> {
  if (left.length === 0) return null;
  const copies = left.map(({ copy }) => copy).filter((copy) => copy !== null);
  for (const { connectionId, remote } of left) {
    if (remote?.origin !== 'created') continue;
    const connection = await connections.read(connectionId);
    if (connection !== null && connection.syncConfig.deletions !== 'never') return { made: true, copies };
  }
  return { made: false, copies };
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
export const ALONE: AccountView = { known: new Map(), shared: false, inherited: null, held: new Map() };

/** Links that share a CRM record or a natural key with this one, each with its record; read under the mutex of those keys. */
export async function readNeighbours(
  { store, asLeft }: { readonly store: Reads; readonly asLeft: (link: Link) => Link },
  principal: Principal,
  link: Link,
  marks: NeighbourMarks,
): Promise<Neighbour[]> {
  if (marks.remoteIds.length + marks.keyHashes.length === 0) return [];
  const others = (await store.links.findNeighbours(link, marks)).map(asLeft);
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

/**
 * Contacts whose links are remembered by another key than the one planned, or may have another by a write that nobody heard the end of: what
 * they are found by now is in their records.
 */
function rememberedOtherwise(others: readonly Link[], { keyHashes }: NeighbourMarks): readonly RecordKey[] {
  return others
    .filter(({ kind, keyHash }) => kind === 'contact' && keyHash !== null)
    .filter(({ keyHash, quietUntil }) => quietUntil !== null || !keyHashes.includes(keyHash ?? ''))
    .map(({ key }) => key);
}
