import type { ChangeBatch, ChangeHandler } from '../change-feed/change-feed.ts';
import { recordKey, type RecordKey } from '../domain/entity.ts';
import type { Change } from '../domain/change-event.ts';
import { scopeOf, type Connection, type Scope } from '../domain/connection.ts';
import { applyChange, changesRecord, type ChangeVerdict, type ZenaRecord } from '../domain/record.ts';
import { StoreUnavailable, type StateStore, type WantedMark } from '../state-store/state-store.ts';

export interface IngestDependencies {
  readonly store: Pick<StateStore, 'records' | 'connections' | 'links' | 'deadLetters'>;
  /** Epoch ms. */
  readonly now: () => number;
  /** Hears of each change, with its verdict. */
  readonly onVerdict: (kind: string, verdict: ChangeVerdict) => void;
  readonly onLetter: (code: string) => void;
  /** These scopes may have due work now. */
  readonly onMarked: (scopes: readonly Scope[]) => void;
}

/** A key that is written by others at the same time again and again means that two feeds own one partition. */
const WRITE_TRIES = 8;

/**
 * Takes in a batch of changes: records first, then the connections of the records' owners (read anew, from the store), then a
 * mark on every link, at the revision that is stored, also where the record did not change: a predecessor may have died between
 * the two. Makes no CRM call. Resolves when everything is durable; the feed then records its progress.
 */
export function createIngest(dependencies: IngestDependencies): ChangeHandler {
  return async (batch) => {
    if (batch.letters.length > 0) {
      await dependencies.store.deadLetters.put(batch.letters);
      for (const letter of batch.letters) dependencies.onLetter(letter.code);
    }
    const { verdicts, records } = await storeRecords(dependencies, batch);
    await batch.heartbeat();
    if (batch.abandoned()) return verdicts;
    await markLinks(dependencies, records);
    batch.changes.forEach((change, index) => {
      dependencies.onVerdict(keyOf(change).kind, verdicts[index] as ChangeVerdict);
    });
    return verdicts;
  };
}

function keyOf(change: Change): {
  readonly kind: 'contact' | 'property' | 'deal';
  readonly entityId: string;
} {
  return change.type === 'event' ? change.event : change;
}

interface Stored {
  readonly verdicts: ChangeVerdict[];
  readonly records: ReadonlyMap<RecordKey, ZenaRecord>;
}

/** Folds each key's changes in the log's order into what is stored, and writes what came of it by compare-and-set. */
async function storeRecords({ store, now }: IngestDependencies, batch: ChangeBatch): Promise<Stored> {
  const byKey = new Map<RecordKey, number[]>();
  batch.changes.forEach((change, index) => {
    const { kind, entityId } = keyOf(change);
    const key = recordKey(kind, entityId);
    byKey.set(key, [...(byKey.get(key) ?? []), index]);
  });
  const verdicts: ChangeVerdict[] = new Array<ChangeVerdict>(batch.changes.length);
  const records = new Map<RecordKey, ZenaRecord>();
  let open: readonly RecordKey[] = [...byKey.keys()];
  for (let attempt = 0; open.length > 0; attempt += 1) {
    if (attempt === WRITE_TRIES) throw new StoreUnavailable('records keep being written by another owner');
    const stored = await store.records.read(open);
    const writes = [];
    for (const key of open) {
      let current = stored.get(key) ?? null;
      let changed = false;
      for (const index of byKey.get(key) ?? []) {
        const applied = applyChange(current, batch.changes[index] as Change, now());
        verdicts[index] = applied.verdict;
        changed ||= changesRecord(applied.verdict);
        current = applied.record;
      }
      if (current === null) continue;
      records.set(key, current);
      if (changed) writes.push({ record: current, expectedRevision: stored.get(key)?.revision ?? 0 });
    }
    open = writes.length === 0 ? [] : await store.records.write(writes);
  }
  return { verdicts, records };
}

async function markLinks(
  { store, now, onMarked }: IngestDependencies,
  records: ReadonlyMap<RecordKey, ZenaRecord>,
): Promise<void> {
  const users = new Set([...records.values()].map((record) => record.userId));
  if (users.size === 0) return;
  const connections = await store.connections.listForUsers([...users]);
  const byUser = Map.groupBy(connections, (connection: Connection) => connection.owner.id);
  const marks: WantedMark[] = [];
  for (const record of records.values()) {
    for (const connection of byUser.get(record.userId) ?? []) {
      marks.push({
        scope: scopeOf(connection),
        connectionId: connection.connectionId,
        userId: record.userId,
        key: record.key,
        wanted: record.revision,
        now: now(),
      });
    }
  }
  if (marks.length === 0) return;
  await store.links.markWanted(marks);
  onMarked([...new Set(marks.map((mark) => mark.scope))]);
}
