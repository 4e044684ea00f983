import { scopeOf, syncsKind, type Scope } from '../domain/connection.ts';
import { ENTITY_KINDS, splitRecordKey, type EntityKind, type RecordKey } from '../domain/entity.ts';
import { foresee, UNTOUCHED, type Foreseen, type ForeseenAction } from '../domain/deciding/foresee.ts';
import { hashesOf, isNewer, sharersOf } from '../domain/deciding/sharers.ts';
import type { AccountView } from '../domain/deciding/step.ts';
import { linkId, newLink, type Link, type LinkHead, type LinkId } from '../domain/link.ts';
import { maySee } from '../domain/may-see.ts';
import type { RecordHead, ZenaRecord } from '../domain/record.ts';
import { weightOf } from '../domain/json.ts';
import {
  ALONE,
  NOTHING_REFERENCED,
  readAccount,
  readReferenced,
  type Referenced,
} from '../delivering/steps/gather.ts';
import { neighbourMarksOf, NOTHING_SEEN, planInput } from '../delivering/steps/plan-input.ts';
import type { StateStore } from '../state-store/state-store.port.ts';
import { asLastSent, desire, type DesiredOffice, type Informed } from './informed-draft.ts';
import {
  createLinkPool,
  lightLink,
  OTHERS_BYTES,
  readOthers,
  type LinkPool,
  type PooledLink,
} from './link-pool.ts';

/** One record as a full sync sees it. */
export interface ForeseenRecord {
  readonly record: ZenaRecord;
  /** As it is stored; null where there is none. */
  readonly stored: Link | null;
  readonly foreseen: Foreseen;
  readonly desired: Informed;
}

/** What a record of another page comes to after all, because of one of this page. */
export interface Correction {
  readonly key: RecordKey;
  readonly kind: EntityKind;
  readonly stored: Link | null;
  readonly from: ForeseenAction;
  readonly to: ForeseenAction;
  /** Whether its own page came before. */
  readonly past: boolean;
}

export interface ForeseenPage {
  readonly records: readonly ForeseenRecord[];
  readonly corrections: readonly Correction[];
}

export interface ForesightOptions extends Omit<DesiredOffice, 'scope'> {
  readonly store: Pick<StateStore, 'records' | 'links' | 'accounts' | 'connections' | 'breathe'>;
  /** Whether what was foreseen for a page stays known for the next ones; else they go by what is stored. */
  readonly remembers: boolean;
  /** Whether what can't be mapped for want of facts is taken to stand as it was sent; else it is taken to differ. */
  readonly presumes: boolean;
}

/**
 * Foresees what a full sync does, page by page in the order of its walk. Writes nothing and calls nobody. Answers for as many of the
 * records, from the first on, as are held at once with their links.
 */
export type Foresight = (records: readonly ZenaRecord[]) => Promise<ForeseenPage>;

interface Entry extends PooledLink {
  stored: Link | null;
  desired: Informed;
  /** What is remembered of it, bytes; null until then. */
  weight: number | null;
  /** Null: not thought of, or to be thought of again. */
  foreseen: Foreseen | null;
  /** What it counted as before a record of the present page changed that. */
  counted: ForeseenAction | null;
  /** How often another one made it be thought of again; at the most where it is only remembered. */
  told: number;
}

const NO_LINK = '' as LinkId;
/** Two who share a CRM record may each make the other write, not more often. */
const MOST_TOLD = 4;
/** Records that would change are remembered with a few hundred bytes each; beyond so many, pages go by what is stored. */
const MOST_REMEMBERED = 200_000;
const MOST_REMEMBERED_BYTES = 64 * 1_048_576;
/** What another's write can take back: the CRM record holds this one's content. */
const EQUAL: readonly ForeseenAction[] = ['create_or_adopt', 'update', 'unchanged'];

/** The office as it is thought of. */
interface Office extends Omit<ForesightOptions, 'remembers'> {
  readonly scope: Scope;
  readonly pool: LinkPool<Entry>;
  /** Bytes of other records that may still be read for the present page. */
  room: number;
  /** Whether other connections have anything in the CRM account; asked once. */
  readonly hasKin: () => Promise<boolean>;
}

export function createForesight({ remembers, ...options }: ForesightOptions): Foresight {
  const { store, connection } = options;
  const scope = scopeOf(connection);
  const pool = createLinkPool<Entry>();
  let kin: Promise<boolean> | null = null;
  const hasKin = async (): Promise<boolean> =>
    await (kin ??= store.accounts.kinOf(scope).then((scopes) => scopes.length > 0));
  const office: Office = { ...options, scope, pool, hasKin, room: OTHERS_BYTES };

  /** What goes by what is stored in the next page as well need not be kept. */
  function forget(): void {
    if (!remembers || pool.size() > MOST_REMEMBERED) pool.clear();
    let bytes = 0;
    for (const entry of pool.values()) {
      if (entry.foreseen === null || (entry.foreseen.idle && entry.counted === null)) pool.remove(entry);
      else bytes += shrink(entry);
    }
    if (bytes > MOST_REMEMBERED_BYTES) pool.clear();
  }

  return async (given) => {
    const { links, rest } = await store.links.readPart(given.map(({ key }) => linkId(scope, key)));
    const left = new Set(rest);
    const records = given.filter(({ key }) => !left.has(linkId(scope, key)));
    const [first] = records;
    if (first === undefined) return { records: [], corrections: [] };
    office.room = OTHERS_BYTES;
    const page = await readReferenced(store, options, records);
    await settleReferences(office, page);
    const entries = await enterPage(office, records, links, page);
    await tellReferred(office, entries);
    for (const entry of pool.values()) entry.counted = null;
    await settle(office, entries);
    const corrections = correctionsOf(pool, new Set(entries), first);
    const seen = entries.map(({ stored, foreseen, desired }, index): ForeseenRecord => {
      if (foreseen === null) throw new TypeError('a record of the page was not thought of');
      return { record: records[index] as ZenaRecord, stored, foreseen, desired };
    });
    forget();
    return { records: seen, corrections };
  };
}

function enter(
  { scope, connection, pool }: Office,
  record: ZenaRecord,
  stored: Link | null,
  desired: Informed,
): Entry {
  const { connectionId, owner } = connection;
  const link = stored ?? newLink(scope, connectionId, owner.id, record.key);
  const entry: Entry = {
    stored,
    link,
    record,
    desired,
    weight: null,
    foreseen: null,
    counted: null,
    told: 0,
  };
  pool.put(entry);
  return entry;
}

/** Those who have what these have, and those who share a CRM record with them, become known; of them the contacts. */
async function meetNeighbours(office: Office, entries: readonly Entry[]): Promise<Entry[]> {
  const { store, scope, pool } = office;
  const met: Entry[] = [];
  for (const kind of ENTITY_KINDS) {
    let asking = entries.filter(({ link }) => link.kind === kind);
    const asked = new Set<string>();
    while (asking.length > 0) {
      const fresh = (values: readonly string[]) => [...new Set(values)].filter((value) => !asked.has(value));
      const marks = asking.map(({ link, desired }) =>
        neighbourMarksOf({ link, desired, seen: NOTHING_SEEN, account: ALONE }),
      );
      const remoteIds = fresh(marks.flatMap((one) => one.remoteIds));
      const keyHashes = fresh(marks.flatMap((one) => one.keyHashes));
      if (remoteIds.length + keyHashes.length === 0) break;
      for (const value of [...remoteIds, ...keyHashes]) asked.add(value);
      const found = await store.links.findNeighbours({ id: NO_LINK, scope, kind }, { remoteIds, keyHashes });
      const unknown = found.filter(({ id }) => !pool.has(id));
      const records = await readOthers(
        office,
        unknown.map(({ key }) => key),
      );
      asking = unknown.flatMap((link) => {
        const record = records.get(link.key);
        return record === undefined
          ? []
          : [enter(office, record, link, desire(office, record, NOTHING_REFERENCED))];
      });
      met.push(...asking);
    }
  }
  // Only contacts share; of the others it matters who has what, not what they would do.
  return met.filter(({ link }) => link.kind === 'contact');
}

/** Thinks these through, and the contacts that share with them; what one changes for another is thought of again. */
async function settle(office: Office, entries: readonly Entry[]): Promise<void> {
  const { pool } = office;
  const all = [...entries, ...(await meetNeighbours(office, entries))];
  // What has something in the CRM, or may have, goes first: the others look for theirs.
  const isKnown = ({ link }: Entry): boolean => link.remote !== null || link.intent !== null;
  const others = all.filter((entry) => !isKnown(entry));
  const queue = [
    ...all.filter((entry) => isKnown(entry)),
    // As they are marked: who speaks for a CRM record makes it.
    ...others.sort((a, b) => (isNewer(a.record, b.record) ? -1 : 1)),
  ];
  const ofPage = new Set(entries);
  for (let entry = queue.shift(); entry !== undefined; entry = queue.shift()) {
    if (entry.foreseen !== null) continue;
    await office.store.breathe();
    const foreseen = await think(office, entry);
    const mayCorrect = ofPage.has(entry) && entry.stored?.remote == null;
    for (const other of foreseen.overwrites) overwrite(pool, pool.get(other), mayCorrect);
    for (const other of foreseen.tells) {
      const told = pool.get(other);
      if (told !== undefined && mustThinkAgain(told)) queue.push(told);
    }
  }
}

async function think(office: Office, entry: Entry): Promise<Foreseen> {
  const { connection, connector, now, pool } = office;
  const { link } = entry;
  const presumes = office.presumes && !entry.desired.informed;
  const desired = presumes ? asLastSent(entry.desired, link, connector) : entry.desired;
  const account = await accountOf(office, entry);
  const planned = { link, desired, neighbours: [], seen: NOTHING_SEEN, account };
  const keys = desired.draft?.keys.flatMap(hashesOf) ?? [];
  const foreseen = foresee(planInput({ connection, connector }, planned, UNTOUCHED, now), (as) =>
    pool.neighbours(link.id, as, keys),
  );
  pool.change(entry, foreseen.link);
  entry.foreseen = { ...foreseen, idle: foreseen.idle && !isPresumed(office, foreseen) };
  entry.weight = null;
  return foreseen;
}

/** Whether it would rest for one who is only foreseen to take its CRM record, and may come to something else. */
function isPresumed({ connection, pool }: Office, { action, link }: Foreseen): boolean {
  if (action !== 'superseded' || link.remote === null) return false;
  const { id } = link.remote;
  const sharers = sharersOf({ link, connection, neighbours: pool.neighbours(link.id, link, []) }, id);
  return !sharers.some((other) => pool.get(other.link.id)?.stored?.remote?.id === id);
}

/** As a delivery sees it. */
async function accountOf(
  { store, connector, hasKin }: Office,
  { link, desired }: Entry,
): Promise<AccountView> {
  if (!(await hasKin())) return ALONE;
  return await readAccount(store, link, desired, connector.kinds[link.kind] ?? null);
}

function overwrite(pool: LinkPool<Entry>, entry: Entry | undefined, mayCorrect: boolean): void {
  if (entry === undefined) return;
  pool.change(entry, { ...entry.link, shadow: null, copy: null });
  const { foreseen } = entry;
  if (foreseen === null || !EQUAL.includes(foreseen.action)) return;
  // Only who was not known to have anything in common with it can have been overlooked when its own page was counted.
  if (mayCorrect) entry.counted ??= foreseen.action;
  const superseded = { action: 'superseded', reason: 'superseded', changed: [], looks: false } as const;
  entry.foreseen = { ...foreseen, ...superseded };
}

/** Whose content stands there already may write it once more, which changes nothing: its shadow stays here. */
function mustThinkAgain(told: Entry): boolean {
  if (told.foreseen?.action !== 'superseded' || told.told >= MOST_TOLD) return false;
  told.told += 1;
  told.foreseen = null;
  return true;
}

/** What these refer to has, loses or gets its CRM record before they are looked at. */
async function settleReferences(office: Office, page: Referenced): Promise<void> {
  const unsettled: Entry[] = [];
  const unknown = [...page.referenced]
    .filter(([key, head]) => {
      const id = linkId(office.scope, key);
      return !office.pool.has(id) && mayMoveAtAll(office, head, page.referencedLinks.get(id) ?? null);
    })
    .map(([key]) => key);
  const records = await readOthers(office, unknown);
  const { links } = await office.store.links.readPart(
    [...records.keys()].map((key) => linkId(office.scope, key)),
  );
  for (const [key, record] of records) {
    const id = linkId(office.scope, key);
    const stored = links.get(id) ?? null;
    // A link that was not read is none that is new: it goes by what is stored.
    if (stored === null && page.referencedLinks.has(id)) continue;
    if (!mayMove(office, record, stored)) continue;
    // The page's record refers to it: where its kind isn't synced it is looked up.
    unsettled.push(
      enter(office, record, stored, { ...desire(office, record, NOTHING_REFERENCED), referred: true }),
    );
  }
  await settle(office, unsettled);
}

/** Whether a delivery could change under which id the CRM has it, as far as that is told without its content. */
function mayMoveAtAll({ connection }: Office, record: RecordHead, link: LinkHead | null): boolean {
  const isLive = !record.deleted && maySee(connection.owner, record);
  return link === null || link.remote === null ? isLive : !isLive || record.kind === 'contact';
}

function mayMove(office: Office, record: ZenaRecord, link: Link | null): boolean {
  const isLive = !record.deleted && maySee(office.connection.owner, record);
  if (link === null || link.remote === null) return isLive;
  if (!isLive) return true;
  if (record.kind !== 'contact') return false;
  return (desire(office, record, NOTHING_REFERENCED).draft?.keys[0]?.hash ?? null) !== link.keyHash;
}

/** What is only looked up may be found or not; who refers to it is sent either way. Null: it is another, or found already. */
function asLookedUp(
  { scope, connection, now }: Office,
  key: RecordKey,
  stored: LinkHead | undefined,
): LinkHead | null {
  const { connectionId, owner, syncConfig } = connection;
  if (syncsKind(syncConfig, splitRecordKey(key).kind)) return null;
  const link = stored ?? newLink(scope, connectionId, owner.id, key);
  return link.remote === null
    ? { ...link, nextAt: null, claim: null, sought: { keyHash: '', at: now } }
    : null;
}

/** What is looked up and never written is looked up only where something refers to it. */
async function tellReferred({ store, connection }: Office, entries: readonly Entry[]): Promise<void> {
  for (const entry of entries) {
    const { record, desired, link } = entry;
    if (record.deleted || link.remote !== null || syncsKind(connection.syncConfig, record.kind)) continue;
    const referrers = await store.records.referrers(connection.owner.id, record.key, null, 1);
    entry.desired = { ...desired, referred: referrers.length > 0 };
  }
}

/** The page's own records, with what they refer to as it will be. */
async function enterPage(
  office: Office,
  records: readonly ZenaRecord[],
  links: ReadonlyMap<LinkId, Link>,
  page: Referenced,
): Promise<Entry[]> {
  const { referenced, referencedLinks: stored } = page;
  const { scope, pool, store } = office;
  const referencedLinks = new Map(stored);
  for (const key of referenced.keys()) {
    const known = pool.get(linkId(scope, key));
    if (known !== undefined) referencedLinks.set(known.link.id, known.link);
    const looked = asLookedUp(office, key, referencedLinks.get(linkId(scope, key)));
    if (looked !== null) referencedLinks.set(looked.id, looked);
  }
  const entries: Entry[] = [];
  for (const record of records) {
    await store.breathe();
    const id = linkId(scope, record.key);
    const desired = desire(office, record, { ...page, referencedLinks });
    const entry = pool.get(id) ?? enter(office, record, links.get(id) ?? null, desired);
    entry.desired = desired;
    entry.weight = null;
    entries.push(entry);
  }
  return entries;
}

function correctionsOf(pool: LinkPool<Entry>, ofPage: ReadonlySet<Entry>, first: ZenaRecord): Correction[] {
  return [...pool.values()].flatMap((entry) => {
    const { foreseen, counted: from, stored, link } = entry;
    if (ofPage.has(entry) || foreseen === null || from === null || from === foreseen.action) return [];
    const past = link.kind === first.kind && link.entityId < first.entityId;
    const { key, kind } = link;
    return [{ key, kind, stored, from, to: foreseen.action, past }];
  });
}

/** What is remembered of it: who has what. Answers how much that is. */
function shrink(entry: Entry): number {
  if (entry.weight !== null) return entry.weight;
  entry.record = { ...entry.record, body: null, references: [] };
  entry.desired = {
    record: entry.record,
    references: new Map(),
    draft: null,
    referred: false,
    informed: true,
  };
  entry.told = MOST_TOLD;
  entry.link = lightLink(entry.link);
  if (entry.stored !== null) entry.stored = lightLink(entry.stored);
  if (entry.foreseen !== null) entry.foreseen = { ...entry.foreseen, link: entry.link };
  entry.weight = weightOf(entry.link);
  return entry.weight;
}
