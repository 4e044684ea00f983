import type { JsonObject } from '../../../domain/json.ts';
import type { Clock } from '../../../runtime/clock.ts';
import type { SandboxSettings } from '../../mri-vault/vault-settings.ts';
import { createSearchIndex, type SearchIndex } from './search-index.ts';
import { VAULT_COLLECTIONS, type VaultCollection, type VaultFields } from '../../mri-vault/vault-record.ts';
import type { WriteLog } from '../journal/write-log.ts';

/** One record as the CRM holds it. Times are epoch ms; `revision` grows with every write of the whole CRM. */
export interface StoredRecord {
  readonly id: string;
  readonly fields: VaultFields;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly revision: number;
}

/** How the CRM answers for the id of a record that was merged into another. */
export type MergedAnswer = 'gone' | 'alias' | 'redirect';

export type Lookup =
  | { readonly kind: 'found'; readonly record: StoredRecord }
  | { readonly kind: 'moved'; readonly id: string }
  | { readonly kind: 'missing' };

/** The data of one CRM account. */
export interface RecordStore {
  /** `at` backdates a record that was there before: search finds it at once. */
  create(collection: VaultCollection, fields: VaultFields, at?: number): StoredRecord;
  /** null: no such record. */
  write(collection: VaultCollection, id: string, fields: VaultFields): StoredRecord | null;
  remove(collection: VaultCollection, id: string): boolean;
  lookUp(collection: VaultCollection, id: string): Lookup;
  /** Lets `goneId` lead to `keepId`, as `answer` says, and removes its record. */
  retire(collection: VaultCollection, goneId: string, keepId: string, answer: MergedAnswer): void;
  /** What search finds now: the records as the index last saw them, in no promised order. */
  search(collection: VaultCollection, asked: Readonly<Record<string, string>>): StoredRecord[];
  /** In creation order. */
  all(collection: VaultCollection): StoredRecord[];
  clear(): void;
}

interface Shelf {
  readonly records: Map<string, StoredRecord>;
  readonly retired: Map<string, { readonly keepId: string; readonly answer: MergedAnswer }>;
  readonly index: SearchIndex;
  created: number;
}

const ID_LETTER: Readonly<Record<VaultCollection, string>> = { contacts: 'c', properties: 'p', deals: 'd' };
const NUMBER_BASE: Readonly<Record<VaultCollection, number>> = {
  contacts: 1_000_000,
  properties: 2_000_000,
  deals: 3_000_000,
};

function nextId(collection: VaultCollection, shelf: Shelf, ids: SandboxSettings['ids']): string {
  shelf.created += 1;
  if (ids === 'number') return String(NUMBER_BASE[collection] + shelf.created);
  return `vlt_${ID_LETTER[collection]}_${String(shelf.created).padStart(6, '0')}`;
}

function emptyShelf(collection: VaultCollection): Shelf {
  return { records: new Map(), retired: new Map(), index: createSearchIndex(collection), created: 0 };
}

/** Records in memory, with a search that lags by the present setting. Every change of them goes into the log. */
export function createRecordStore(
  clock: Pick<Clock, 'now'>,
  settings: () => SandboxSettings,
  log: Pick<WriteLog, 'add'>,
): RecordStore {
  const shelves = Object.fromEntries(VAULT_COLLECTIONS.map((name) => [name, emptyShelf(name)])) as Record<
    VaultCollection,
    Shelf
  >;
  let revision = 0;

  const asOf = (): number => clock.now() - settings().searchLagMs;

  function put(collection: VaultCollection, record: Omit<StoredRecord, 'revision'>, indexedAt: number) {
    revision += 1;
    const stored = { ...record, revision };
    const { id, fields } = record;
    const kind = shelves[collection].records.has(id) ? 'write' : 'create';
    log.add({ at: clock.now(), kind, collection, id, fields });
    shelves[collection].records.set(record.id, stored);
    shelves[collection].index.add(record.id, record.fields, indexedAt, asOf());
    return stored;
  }

  function remove(collection: VaultCollection, id: string): boolean {
    shelves[collection].index.remove(id);
    const removed = shelves[collection].records.delete(id);
    if (removed) log.add({ at: clock.now(), kind: 'remove', collection, id, fields: null });
    return removed;
  }

  function lookUp(collection: VaultCollection, id: string): Lookup {
    const record = shelves[collection].records.get(id);
    if (record) return { kind: 'found', record };
    const retired = shelves[collection].retired.get(id);
    if (!retired || retired.answer === 'gone') return { kind: 'missing' };
    const kept = lookUp(collection, retired.keepId);
    return kept.kind === 'found' && retired.answer === 'redirect'
      ? { kind: 'moved', id: kept.record.id }
      : kept;
  }

  return {
    create(collection, fields, at) {
      const createdAt = at ?? clock.now();
      const id = nextId(collection, shelves[collection], settings().ids);
      const indexedAt = at === undefined ? createdAt : Number.NEGATIVE_INFINITY;
      return put(collection, { id, fields, createdAt, updatedAt: createdAt }, indexedAt);
    },
    write(collection, id, fields) {
      const held = shelves[collection].records.get(id);
      if (!held) return null;
      const updatedAt = clock.now();
      return put(collection, { id, fields, createdAt: held.createdAt, updatedAt }, updatedAt);
    },
    remove,
    lookUp,
    retire(collection, goneId, keepId, answer) {
      remove(collection, goneId);
      shelves[collection].retired.set(goneId, { keepId, answer });
    },
    search(collection, asked) {
      const { index, records } = shelves[collection];
      const view = { asOf: asOf(), ignoreCase: settings().searchCase === 'insensitive' };
      return index.find(asked, view).flatMap(({ id, fields }) => {
        const record = records.get(id);
        return record ? [{ ...record, fields }] : [];
      });
    },
    all: (collection) => [...shelves[collection].records.values()],
    clear() {
      for (const name of VAULT_COLLECTIONS) shelves[name] = emptyShelf(name);
      revision = 0;
    },
  };
}

/** The JSON object that the API answers with. */
export function wireObject(record: StoredRecord, ids: SandboxSettings['ids']): JsonObject {
  return {
    id: ids === 'number' ? Number(record.id) : record.id,
    ...record.fields,
    createdAt: new Date(record.createdAt).toISOString(),
    updatedAt: new Date(record.updatedAt).toISOString(),
  };
}
