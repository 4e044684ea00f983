import type { JsonObject } from '../../../domain/json.ts';
import type { Clock } from '../../../runtime/clock.ts';
import type { WriteLog, CommittedWrite } from '../journal/write-log.ts';
import { createSearchIndex, type SearchIndex } from './search-index.ts';

type Entry<C extends string> = Omit<CommittedWrite<C>, 'number'>;

/** What was done since an attempt began. */
interface OpenAttempt<C extends string> {
  readonly undo: (() => void)[];
  readonly entries: Entry<C>[];
}

/** Work that is kept whole or not at all; its writes are logged once it is kept. */
function createAttempts<C extends string>(log: Pick<WriteLog<C>, 'add'>) {
  let open: OpenAttempt<C> | null = null;

  function end(attempt: OpenAttempt<C>, isKept: boolean): void {
    if (!isKept) for (const step of attempt.undo.reverse()) step();
    else if (open === null) for (const entry of attempt.entries) log.add(entry);
    else {
      open.undo.push(...attempt.undo);
      open.entries.push(...attempt.entries);
    }
  }

  return {
    log: {
      add(entry: Entry<C>): void {
        if (open === null) log.add(entry);
        else open.entries.push(entry);
      },
    },
    /** Notes how a step is taken back. */
    undoing: (step: () => void): void => void open?.undo.push(step),
    attempt(work: () => boolean): boolean {
      const outer = open;
      const attempt: OpenAttempt<C> = { undo: [], entries: [] };
      open = attempt;
      let isKept = false;
      try {
        isKept = work();
      } finally {
        open = outer;
        end(attempt, isKept);
      }
      return isKept;
    },
  };
}

/** One record as the CRM holds it. Times are epoch ms; `revision` grows with every write of the whole CRM. */
export interface StoredRecord {
  readonly id: string;
  readonly fields: JsonObject;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly revision: number;
}

/** A record as it was when it was removed. */
export interface RemovedRecord {
  readonly record: StoredRecord;
  readonly removedAt: number;
}

/** How the CRM answers for the id of a record that was merged into another. */
export type MergedAnswer = 'gone' | 'alias' | 'redirect';

export type Lookup =
  | { readonly kind: 'found'; readonly record: StoredRecord }
  | { readonly kind: 'moved'; readonly id: string }
  | { readonly kind: 'missing' };

/** What a CRM calls one of its collections, and looks its records up by. */
export interface CollectionForm {
  /** For people. */
  readonly title: string;
  readonly keysOf: (fields: JsonObject) => readonly string[];
  /** Makes every two keys equal that search may ever take for equal; who searches tells them apart. Default: lower case. */
  readonly foldKey?: (key: string) => string;
}

/** The data of one CRM account, in collections. */
export interface RecordStore<C extends string> {
  /** `at` backdates a record that was there before: search finds it at once. */
  create(collection: C, fields: JsonObject, at?: number): StoredRecord;
  /** null: no such record. */
  write(collection: C, id: string, fields: JsonObject): StoredRecord | null;
  remove(collection: C, id: string): boolean;
  lookUp(collection: C, id: string): Lookup;
  /** Lets `goneId` lead to `keepId`, as `answer` says, and removes its record. */
  retire(collection: C, goneId: string, keepId: string, answer: MergedAnswer): void;
  /** What search finds now under a key: the records as the index last saw them, in no promised order. */
  search(collection: C, key: string, fits: (fields: JsonObject) => boolean): StoredRecord[];
  /** What was removed, in that order; not what was taken back with an attempt. */
  removed(collection: C): RemovedRecord[];
  /** The record that was removed under an id; null: none was. */
  removedAs(collection: C, id: string): RemovedRecord | null;
  /** Does work that is either kept whole or leaves nothing behind; `work` tells which. May stand within another. */
  attempt(work: () => boolean): boolean;
  /** In creation order. */
  all(collection: C): StoredRecord[];
  clear(): void;
}

export interface RecordStoreParts<C extends string> {
  readonly collections: Readonly<Record<C, CollectionForm>>;
  /** The id of the `count`th record of a collection. */
  readonly newId: (collection: C, count: number) => string;
  /** How long search finds a record as it was before a write. */
  readonly searchLagMs: () => number;
  readonly clock: Pick<Clock, 'now'>;
  /** Every change goes into it. */
  readonly log: Pick<WriteLog<C>, 'add'>;
}

interface Shelf {
  readonly records: Map<string, StoredRecord>;
  readonly retired: Map<string, { readonly keepId: string; readonly answer: MergedAnswer }>;
  readonly removed: Map<string, RemovedRecord>;
  readonly index: SearchIndex;
  created: number;
}

/** Records in memory, with a search that lags. */
export function createRecordStore<C extends string>(parts: RecordStoreParts<C>): RecordStore<C> {
  const { collections, clock } = parts;
  const { log, undoing, attempt } = createAttempts(parts.log);
  const shelves = new Map<C, Shelf>();
  let revision = 0;

  const asOf = (): number => clock.now() - parts.searchLagMs();

  const shelfOf = (collection: C): Shelf => shelfIn(shelves, collection, collections[collection]);

  function put(collection: C, record: Omit<StoredRecord, 'revision'>, indexedAt: number): StoredRecord {
    revision += 1;
    const stored = { ...record, revision };
    const { id, fields } = record;
    const { records, index } = shelfOf(collection);
    const before = records.get(id);
    const kind = before === undefined ? 'create' : 'write';
    undoing(() => restore(collection, id, before));
    log.add({ at: clock.now(), kind, collection, id, fields });
    records.set(id, stored);
    index.add(id, fields, indexedAt, asOf());
    return stored;
  }

  function remove(collection: C, id: string): boolean {
    const { records, removed, index } = shelfOf(collection);
    index.remove(id);
    const record = records.get(id);
    if (record === undefined) return false;
    records.delete(id);
    removed.set(id, { record, removedAt: clock.now() });
    undoing(() => restore(collection, id, record));
    log.add({ at: clock.now(), kind: 'remove', collection, id, fields: null });
    return true;
  }

  /** As it was before; search finds it so at once. */
  function restore(collection: C, id: string, before: StoredRecord | undefined): void {
    const { records, removed, index } = shelfOf(collection);
    removed.delete(id);
    index.remove(id);
    if (before === undefined) records.delete(id);
    else {
      records.set(id, before);
      index.add(id, before.fields, Number.NEGATIVE_INFINITY, asOf());
    }
  }

  const lookUp = (collection: C, id: string): Lookup => lookUpOn(shelfOf(collection), id);

  return {
    create(collection, fields, at) {
      const createdAt = at ?? clock.now();
      const shelf = shelfOf(collection);
      shelf.created += 1;
      const id = parts.newId(collection, shelf.created);
      const indexedAt = at === undefined ? createdAt : Number.NEGATIVE_INFINITY;
      return put(collection, { id, fields, createdAt, updatedAt: createdAt }, indexedAt);
    },
    write(collection, id, fields) {
      const held = shelfOf(collection).records.get(id);
      if (!held) return null;
      const updatedAt = clock.now();
      return put(collection, { id, fields, createdAt: held.createdAt, updatedAt }, updatedAt);
    },
    remove,
    lookUp,
    retire(collection, goneId, keepId, answer) {
      remove(collection, goneId);
      shelfOf(collection).retired.set(goneId, { keepId, answer });
    },
    search(collection, key, fits) {
      const { index, records } = shelfOf(collection);
      return index.find(key, asOf()).flatMap(({ id, fields }) => {
        const record = records.get(id);
        return record && fits(fields) ? [{ ...record, fields }] : [];
      });
    },
    removed: (collection) => [...shelfOf(collection).removed.values()],
    removedAs: (collection, id) => shelfOf(collection).removed.get(id) ?? null,
    attempt,
    all: (collection) => [...shelfOf(collection).records.values()],
    clear() {
      shelves.clear();
      revision = 0;
    },
  };
}

function shelfIn<C extends string>(
  shelves: Map<C, Shelf>,
  collection: C,
  { keysOf, foldKey }: CollectionForm,
): Shelf {
  const shelf = shelves.get(collection) ?? {
    records: new Map(),
    retired: new Map(),
    removed: new Map(),
    index: createSearchIndex(keysOf, foldKey),
    created: 0,
  };
  shelves.set(collection, shelf);
  return shelf;
}

function lookUpOn(shelf: Shelf, id: string): Lookup {
  const record = shelf.records.get(id);
  if (record) return { kind: 'found', record };
  const moved = shelf.retired.get(id);
  if (!moved || moved.answer === 'gone') return { kind: 'missing' };
  const kept = lookUpOn(shelf, moved.keepId);
  return kept.kind === 'found' && moved.answer === 'redirect' ? { kind: 'moved', id: kept.record.id } : kept;
}
