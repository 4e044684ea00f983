import type { ChangeBatch, ChangeHandler } from '../change-feed/change-feed.port.ts';
import type { DeadLetterTopic } from '../change-feed/dead-letter-topic.port.ts';
import { recordKey, splitRecordKey, type EntityKind, type RecordKey } from '../domain/entity.ts';
import type { Change } from '../domain/change-event.ts';
import { scopeOf, type Connection, type Scope } from '../domain/connection.ts';
import { MOST_REPLAYS, type DeadLetter } from '../domain/dead-letter.ts';
import { linkId, type LinkId } from '../domain/link.ts';
import { applyChange, changesRecord, type ChangeVerdict, type ZenaRecord } from '../domain/record.ts';
import type { WantedMark } from '../state-store/link-store.port.ts';
import type { RecordWrite } from '../state-store/record-store.port.ts';
import { StoreUnavailable, type StateStore } from '../state-store/state-store.port.ts';
import { createChangesAlone, type ChangesAlone } from './changes-alone.ts';

export interface IngestDependencies {
  readonly store: Pick<StateStore, 'records' | 'connections' | 'links' | 'deadLetters'>;
  /** Where events that can't be read go beside the index. */
  readonly deadLetterTopic: DeadLetterTopic;
  /** Epoch ms. */
  readonly now: () => number;
  /** Hears of each change, with its verdict. */
  readonly onVerdict: (kind: string, verdict: ChangeVerdict) => void;
  readonly onLetter: (code: string) => void;
  /** Kinds of records that a connection's CRM says in the words of this kind; absent: none does. */
  readonly readersOf?: (connection: Connection, of: EntityKind) => readonly EntityKind[];
  /** These scopes may have due work now. */
  readonly onMarked: (scopes: readonly MarkedScope[]) => void;
}

/** A scope that was marked, with what tells whose work it is. */
export interface MarkedScope {
  readonly scope: Scope;
  readonly connectionId: string;
  readonly budgetKey: string;
}

/** A key that is written by others at the same time again and again means that two feeds own one partition. */
const WRITE_TRIES = 8;

/**
 * By so much a change that came by itself is set before those of an import that wait already, ms. What waits for longer has its
 * turn all the same, so no import waits for ever behind people.
 */
const HEAD_START_MS = 24 * 3_600_000;

/**
 * Takes in a batch of changes: records first, then the connections of the records' owners (read anew, from the store), then a
 * mark on every link, at the revision that is stored, also where the record did not change: a predecessor may have died between
 * the two. Makes no CRM call. Resolves when everything is durable; the feed then records its progress.
 *
 * Letters go to the index and then to their topic: after a crash between the two they come again, once in the index. While the
 * topic can't be written, `DeadLetterTopicUnavailable` keeps the whole batch from going on.
 */
export function createIngest(dependencies: IngestDependencies): ChangeHandler {
  const alone = createChangesAlone();
  return async (batch) => {
    await storeLetters(dependencies, batch);
    if (batch.abandoned()) return [];
    const { verdicts, records, repeated } = await storeRecords(dependencies, batch);
    await batch.heartbeat();
    if (batch.abandoned()) return verdicts;
    await markLinks(dependencies, records, repeated, alone);
    batch.changes.forEach((change, index) => {
      dependencies.onVerdict(keyOf(change).kind, verdicts[index] as ChangeVerdict);
    });
    return verdicts;
  };
}

async function storeLetters(
  { store, deadLetterTopic, onLetter }: IngestDependencies,
  { letters, heartbeat, abandoned }: ChangeBatch,
): Promise<void> {
  if (letters.length === 0) return;
  await store.deadLetters.put(letters.map(indexed));
  await heartbeat();
  if (abandoned()) return;
  await deadLetterTopic.publish(letters.map((letter) => ({ letter, record: null })));
  for (const letter of letters) onLetter(letter.code);
  await heartbeat();
}

/** What the index keeps of a value at most, and of a key: the topic has the rest. Brokers take no more unless they are told to. */
const MOST_INDEXED_BYTES = 1_048_576;
const MOST_INDEXED_KEY = 1_024;

function indexed(letter: DeadLetter): DeadLetter {
  const { key, value } = letter;
  const short = key !== null && key.length > MOST_INDEXED_KEY ? key.subarray(0, MOST_INDEXED_KEY) : key;
  if (value === null || value.length <= MOST_INDEXED_BYTES)
    return short === key ? letter : { ...letter, key: short };
  return { ...letter, key: short, value: value.subarray(0, MOST_INDEXED_BYTES), valueBytes: value.length };
}

function keyOf(change: Change): {
  readonly kind: 'contact' | 'property' | 'deal';
  readonly entityId: string;
} {
  return change.type === 'event' ? change.event : change;
}

/** What marking needs to know of a record: nothing that may be large. */
type Marked = Pick<ZenaRecord, 'key' | 'userId' | 'revision' | 'formerUserIds'>;

interface Stored {
  readonly verdicts: ChangeVerdict[];
  readonly records: ReadonlyMap<RecordKey, Marked>;
  /** Keys that were told again what is stored, and nothing new: somebody may have put an event back. */
  readonly repeated: ReadonlySet<RecordKey>;
}

/** Folds each key's changes in the log's order into what is stored, and writes what came of it by compare-and-set. */
async function storeRecords({ store, now }: IngestDependencies, batch: ChangeBatch): Promise<Stored> {
  const byKey = new Map<RecordKey, number[]>();
  batch.changes.forEach((change, index) => {
    const { kind, entityId } = keyOf(change);
    const key = recordKey(kind, entityId);
    const indexes = byKey.get(key);
    if (indexes === undefined) byKey.set(key, [index]);
    else indexes.push(index);
  });
  const verdicts: ChangeVerdict[] = new Array<ChangeVerdict>(batch.changes.length);
  const records = new Map<RecordKey, Marked>();
  const fold = (held: ZenaRecord | null, indexes: readonly number[]) => {
    let record = held;
    let changed = false;
    for (const index of indexes) {
      const applied = applyChange(record, batch.changes[index] as Change, now());
      verdicts[index] = applied.verdict;
      changed ||= changesRecord(applied.verdict);
      record = applied.record;
    }
    return { record, changed };
  };
  let open: readonly RecordKey[] = [...byKey.keys()];
  for (let attempt = 0; open.length > 0; attempt += 1) {
    if (attempt === WRITE_TRIES) throw new StoreUnavailable('records keep being written by another owner');
    const lost: RecordKey[] = [];
    // In parts: what is stored may be larger than what comes.
    for (let rest = open; rest.length > 0;) {
      const part = await store.records.readPart(rest);
      const left = new Set(part.rest);
      const writes: RecordWrite[] = [];
      for (const key of rest) {
        if (left.has(key)) continue;
        const held = part.records.get(key) ?? null;
        const { record, changed } = fold(held, byKey.get(key) ?? []);
        if (record === null) continue;
        const { userId, revision, formerUserIds } = record;
        records.set(key, { key, userId, revision, formerUserIds });
        if (changed) writes.push(writeOver(held, record));
      }
      if (writes.length > 0) lost.push(...(await store.records.write(writes)));
      rest = part.rest;
    }
    open = lost;
  }
  const repeated = new Set<RecordKey>();
  for (const [key, indexes] of byKey) {
    const record = records.get(key);
    if (record === undefined || indexes.some((at) => changesRecord(verdicts[at] as ChangeVerdict))) continue;
    if (indexes.some((at) => verdicts[at] === 'repeated')) repeated.add(key);
  }
  return { verdicts, records, repeated };
}

function writeOver(held: ZenaRecord | null, record: ZenaRecord): RecordWrite {
  const before = held?.references ?? [];
  const keepsReferences =
    before.length === record.references.length && before.every((key, at) => key === record.references[at]);
  return { record, expectedRevision: held?.revision ?? 0, keepsReferences };
}

async function markLinks(
  { store, now, onMarked, readersOf }: IngestDependencies,
  records: ReadonlyMap<RecordKey, Marked>,
  repeated: ReadonlySet<RecordKey>,
  alone: ChangesAlone,
): Promise<void> {
  const users = new Set<string>();
  const changes = new Map<string, number>();
  for (const { userId, formerUserIds } of records.values()) {
    users.add(userId);
    changes.set(userId, (changes.get(userId) ?? 0) + 1);
    for (const former of formerUserIds) users.add(former);
  }
  if (users.size === 0) return;
  const connections = await store.connections.listForUsers([...users]);
  if (connections.length === 0) return;
  const scopes = scopesByUser(connections);
  const marks: WantedMark[] = [];
  const left: LinkId[] = [];
  const at = now();
  const turns = new Map(
    [...changes].map(([user, count]) => [user, alone.count(user, count, at) ? at - HEAD_START_MS : at]),
  );
  for (const { userId, key, revision: wanted, formerUserIds } of records.values()) {
    for (const { scope, connectionId } of scopes.get(userId) ?? [])
      marks.push({ scope, connectionId, userId, key, wanted, now: at, turn: turns.get(userId) ?? at });
    for (const former of formerUserIds)
      for (const { scope } of scopes.get(former) ?? []) left.push(linkId(scope, key));
  }
  if (marks.length > 0) await store.links.markWanted(marks);
  // What has moved away: links that are there look once more, for who shares a CRM record with it.
  if (left.length > 0) await store.links.wake(left, now());
  if (readersOf !== undefined) await wakeReaders({ store, now, readersOf }, records.values(), connections);
  const again = marks.filter(({ key }) => repeated.has(key)).map(({ scope, key }) => linkId(scope, key));
  if (again.length > 0) await store.links.wakeDead(again, now(), MOST_REPLAYS);
  onMarked([...scopes.values()].flat());
}

/** Referrers told in one go. */
const READERS_A_PAGE = 500;

/**
 * Whoever says something in the words of what changed looks again, where it has a link: also those of former owners, who see it no more. Asked
 * only for kinds that the CRM of a connection of theirs does so with.
 */
async function wakeReaders(
  {
    store,
    now,
    readersOf,
  }: Pick<IngestDependencies, 'store' | 'now'> & Required<Pick<IngestDependencies, 'readersOf'>>,
  records: Iterable<Marked>,
  connections: readonly Connection[],
): Promise<void> {
  for (const { key, userId, formerUserIds } of records) {
    const { kind } = splitRecordKey(key);
    for (const user of new Set([userId, ...formerUserIds])) {
      const readers = connections
        .filter(({ owner }) => owner.id === user)
        .map((connection) => ({ scope: scopeOf(connection), kinds: readersOf(connection, kind) }))
        .filter(({ kinds }) => kinds.length > 0);
      if (readers.length === 0) continue;
      let after: RecordKey | null = null;
      for (;;) {
        const keys: RecordKey[] = await store.records.referrers(user, key, after, READERS_A_PAGE);
        const ids = readers.flatMap(({ scope, kinds }) =>
          keys.filter((each) => kinds.includes(splitRecordKey(each).kind)).map((each) => linkId(scope, each)),
        );
        if (ids.length > 0) await store.links.wake(ids, now());
        if (keys.length < READERS_A_PAGE) break;
        after = keys.at(-1) ?? null;
      }
    }
  }
}

function scopesByUser(connections: readonly Connection[]): ReadonlyMap<string, readonly MarkedScope[]> {
  const byUser = new Map<string, MarkedScope[]>();
  for (const connection of connections) {
    const { connectionId, budgetKey, owner } = connection;
    const scope = { scope: scopeOf(connection), connectionId, budgetKey };
    byUser.set(owner.id, [...(byUser.get(owner.id) ?? []), scope]);
  }
  return byUser;
}
