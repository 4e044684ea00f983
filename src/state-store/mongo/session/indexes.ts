import { MongoServerError, type Document, type IndexDescription } from 'mongodb';
import type { MongoSession } from './mongo-session.ts';

/** A unique index that the store's promises rest on is not there and could not be made. */
export class IndexMissing extends Error {
  override readonly name = 'IndexMissing';
  readonly code = 'INDEX_MISSING';
}

type Indexed =
  | 'records'
  | 'connections'
  | 'accounts'
  | 'links'
  | 'runs'
  | 'timeline'
  | 'dead_letters'
  | 'replays'
  | 'idempotency_keys'
  | 'audit';
type NamedIndex = IndexDescription & { readonly name: string; readonly key: Record<string, 1 | -1> };

/**
 * A resting link has neither `queue`, `lane` nor `nextAt`, so that the sparse index `links_due` holds little more than the
 * links with something to do, and all that claiming and the metrics ask about them.
 */
const INDEXES: Readonly<Record<Indexed, readonly NamedIndex[]>> = {
  records: [
    { name: 'records_user', key: { userId: 1, _id: 1 } },
    { name: 'records_references', key: { references: 1, userId: 1, _id: 1 } },
    { name: 'records_moved', key: { formerUserIds: 1 }, sparse: true },
  ],
  connections: [
    { name: 'connections_owner', key: { 'owner.id': 1, 'owner.type': 1, provider: 1 }, unique: true },
    { name: 'connections_account', key: { provider: 1, accountKey: 1 } },
  ],
  accounts: [{ name: 'accounts_account', key: { account: 1 } }],
  links: [
    {
      name: 'links_due',
      key: { queue: 1, lane: 1, nextAt: 1, notBefore: 1, quietUntil: 1, dirtySince: 1 },
      sparse: true,
    },
    { name: 'links_remote', key: { scope: 1, 'remote.id': 1 } },
    { name: 'links_key_hash', key: { scope: 1, keyHash: 1 } },
    { name: 'links_intent', key: { 'intent.keyHash': 1 }, sparse: true },
    { name: 'links_left', key: { 'left.id': 1 }, sparse: true },
    { name: 'links_dead', key: { scope: 1, 'dead.at': 1 } },
    { name: 'links_wake', key: { wake: 1 }, sparse: true },
    { name: 'links_untold', key: { untold: 1 }, sparse: true },
    { name: 'links_run', key: { 'run.id': 1, kind: 1, 'run.result': 1 } },
  ],
  runs: [
    { name: 'runs_open', key: { openFor: 1 }, unique: true, sparse: true },
    { name: 'runs_connection', key: { connectionId: 1, createdAt: -1, _id: -1 } },
  ],
  timeline: [
    { name: 'timeline_link', key: { linkId: 1, sequence: -1 } },
    { name: 'timeline_user', key: { userId: 1, entryId: 1 } },
    { name: 'timeline_time', key: { at: 1 } },
    { name: 'timeline_checked', key: { checked: 1 } },
  ],
  dead_letters: [
    { name: 'dead_letters_time', key: { failedAt: -1, _id: 1 } },
    { name: 'dead_letters_status', key: { status: 1, failedAt: -1, _id: 1 } },
    { name: 'dead_letters_connection', key: { 'delivery.connectionId': 1, failedAt: -1, _id: 1 } },
    { name: 'dead_letters_user', key: { 'delivery.userId': 1, failedAt: -1, _id: 1 } },
    { name: 'dead_letters_entity', key: { entityId: 1, failedAt: -1, _id: 1 } },
  ],
  replays: [
    { name: 'replays_time', key: { createdAt: -1, _id: -1 } },
    { name: 'replays_status', key: { status: 1, createdAt: 1, _id: 1 } },
  ],
  idempotency_keys: [
    { name: 'idempotency_keys_end', key: { freeAt: 1 } },
    { name: 'idempotency_keys_user', key: { userId: 1 } },
  ],
  audit: [
    { name: 'audit_time', key: { at: -1, _id: 1 } },
    { name: 'audit_user', key: { userId: 1, at: -1, _id: 1 } },
    { name: 'audit_resource', key: { 'resource.id': 1, at: -1, _id: 1 } },
  ],
};

/** Codes of an index that can't be made but may be there all the same: rights, another definition, data that break it. */
const REFUSED: ReadonlySet<unknown> = new Set([13, 85, 86, 11_000]);

/**
 * Makes the indexes that are absent, then looks whether the unique ones stand.
 *
 * @throws {IndexMissing} when one does not: without it two connections or runs could exist where one may.
 */
export async function ensureIndexes(session: MongoSession): Promise<void> {
  const names = Object.keys(INDEXES) as Indexed[];
  // One after the other: at a start on a busy machine, each at once would wait for a connection of its own.
  const refusals: (MongoServerError | null)[] = [];
  for (const name of names) refusals.push(await create(session, name));
  const unique = names.filter((name) => INDEXES[name].some((index) => index.unique === true));
  const missing = (await Promise.all(unique.map((name) => missingUnique(session, name)))).flat();
  if (missing.length === 0) return;
  throw new IndexMissing(`MongoDB lacks the unique index ${missing.join(', ')}, which this program needs`, {
    cause: refusals.find((refusal) => refusal !== null),
  });
}

/** Answers why the server refused, where that is not yet a reason to stop. */
function create(session: MongoSession, name: Indexed): Promise<MongoServerError | null> {
  return session.ask(async () => {
    try {
      await session.database.collection(name).createIndexes([...INDEXES[name]]);
      return null;
    } catch (error) {
      if (error instanceof MongoServerError && REFUSED.has(error.code)) return error;
      throw error;
    }
  });
}

async function missingUnique(session: MongoSession, name: Indexed): Promise<string[]> {
  const found = await session.ask(
    () => session.database.collection(name).listIndexes().toArray() as Promise<Document[]>,
  );
  return INDEXES[name]
    .filter((index) => index.unique === true && !found.some((each) => enforces(each, index)))
    .map((index) => index.name);
}

/** A partial index enforces nothing outside its filter, a non-sparse one refuses a second document without the field. */
function enforces(found: Document, wanted: NamedIndex): boolean {
  return (
    found['unique'] === true &&
    found['partialFilterExpression'] === undefined &&
    (found['sparse'] === true) === (wanted.sparse === true) &&
    JSON.stringify(Object.entries(found['key'] as object)) === JSON.stringify(Object.entries(wanted.key))
  );
}
