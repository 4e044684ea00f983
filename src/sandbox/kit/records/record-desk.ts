import { mergeRecords } from '../../mri-vault/merge-records.ts';
import { wireObject, type MergedAnswer, type RecordStore, type StoredRecord } from './record-store.ts';
import type { VaultCollection, VaultFields, VaultRecord } from '../../mri-vault/vault-record.ts';

/** What the people who work in the CRM do, and a look at what it holds. Nothing here counts as a request. */
export interface RecordDesk {
  /** Copies, in the order of creation. */
  records(collection: VaultCollection): VaultRecord[];
  /**
   * Records that were there before: found by search at once, not validated. A `createdAt` (RFC 3339) backdates one.
   * Throws RangeError where that is not a time.
   */
  seed(collection: VaultCollection, bodies: readonly VaultFields[]): VaultRecord[];
  /** A CRM user changes fields; null: no such record. */
  editRecord(collection: VaultCollection, id: string, fields: VaultFields): VaultRecord | null;
  /** False: no such record. */
  deleteRecord(collection: VaultCollection, id: string): boolean;
  /**
   * A CRM user merges two records: `keepId` takes over what it lacks and every reference. Afterwards `goneId` answers 404
   * (`gone`, the default), as the survivor (`alias`) or 308 to it (`redirect`). False: one is not there.
   */
  mergeRecords(collection: VaultCollection, keepId: string, goneId: string, answer?: MergedAnswer): boolean;
}

function copyOf(record: StoredRecord): VaultRecord {
  return structuredClone(wireObject(record, 'string')) as VaultRecord;
}

function seedTime(createdAt: VaultFields[string] | undefined): number | null {
  if (createdAt === undefined) return null;
  const time = typeof createdAt === 'string' ? Date.parse(createdAt) : Number.NaN;
  if (Number.isNaN(time)) throw new RangeError('createdAt is not a time');
  return time;
}

export function createRecordDesk(store: RecordStore, now: () => number): RecordDesk {
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
    mergeRecords: (collection, keepId, goneId, answer = 'gone') =>
      mergeRecords(store, collection, keepId, goneId, answer),
  };
}
