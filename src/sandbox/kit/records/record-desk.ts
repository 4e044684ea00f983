import type { Json, JsonObject } from '../../../domain/json.ts';
import type { RecordStore, StoredRecord } from './record-store.ts';

/** A copy of one record as people see it. Times are RFC 3339 UTC. */
export type ShownRecord = {
  readonly id: string;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly [field: string]: Json;
};

/** What the people who work in the CRM do, and a look at what it holds. Nothing here counts as a request. */
export interface RecordDesk<C extends string> {
  /** Copies, in the order of creation. */
  records(collection: C): ShownRecord[];
  /**
   * Records that were there before: found by search at once, not validated. A `createdAt` (RFC 3339) backdates one.
   * Throws RangeError where that is not a time.
   */
  seed(collection: C, bodies: readonly JsonObject[]): ShownRecord[];
  /** A CRM user changes fields; null: no such record. */
  editRecord(collection: C, id: string, fields: JsonObject): ShownRecord | null;
  /** False: no such record. */
  deleteRecord(collection: C, id: string): boolean;
}

/** A record as people see it, and as most CRMs answer with it. */
export function shownRecord({ id, fields, createdAt, updatedAt }: StoredRecord): ShownRecord {
  return {
    id,
    ...fields,
    createdAt: new Date(createdAt).toISOString(),
    updatedAt: new Date(updatedAt).toISOString(),
  };
}

export function createRecordDesk<C extends string>(store: RecordStore<C>, now: () => number): RecordDesk<C> {
  const copyOf = (record: StoredRecord): ShownRecord => structuredClone(shownRecord(record));
  return {
    records: (collection) => store.all(collection).map(copyOf),
    seed: (collection, bodies) =>
      bodies.map((body) => {
        const { createdAt, ...fields } = structuredClone(body);
        return copyOf(store.create(collection, fields, seedTime(createdAt) ?? now()));
      }),
    editRecord(collection, id, fields) {
      const held = store.lookUp(collection, id);
      if (held.kind !== 'found') return null;
      const stored = store.write(collection, id, { ...held.record.fields, ...structuredClone(fields) });
      return stored && copyOf(stored);
    },
    deleteRecord: (collection, id) => store.remove(collection, id),
  };
}

function seedTime(createdAt: Json | undefined): number | null {
  if (createdAt === undefined) return null;
  const time = typeof createdAt === 'string' ? Date.parse(createdAt) : Number.NaN;
  if (Number.isNaN(time)) throw new RangeError('createdAt is not a time');
  return time;
}
