import type { Json, JsonObject } from '../../domain/json.ts';
import type { MergedAnswer, RecordStore } from '../kit/records/record-store.ts';
import {
  REFERENCE_FIELDS,
  VAULT_COLLECTIONS,
  type VaultCollection,
  type VaultFields,
} from './vault-record.ts';

function isBlank(value: Json | undefined): boolean {
  return (
    value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0)
  );
}

/** The survivor's values, its blanks filled from the other. */
function mergedFields(kept: VaultFields, gone: VaultFields): VaultFields {
  const filled = Object.entries(gone).filter(([name]) => isBlank(kept[name]));
  return { ...kept, ...Object.fromEntries(filled) };
}

/** Ids travel as text or as numbers. */
function isId(value: Json | undefined, id: string): boolean {
  return (typeof value === 'string' || typeof value === 'number') && String(value) === id;
}

function renamed(value: Json | undefined, from: string, to: string): Json {
  if (Array.isArray(value)) return [...new Set(value.map((id: Json) => (isId(id, from) ? to : id)))];
  return isId(value, from) ? to : (value ?? null);
}

function repoint(
  store: RecordStore<VaultCollection>,
  target: VaultCollection,
  from: string,
  to: string,
): void {
  for (const collection of VAULT_COLLECTIONS) {
    const names = Object.entries(REFERENCE_FIELDS[collection]).filter(([, of]) => of === target);
    for (const record of store.all(collection)) {
      const changes: JsonObject = Object.fromEntries(
        names
          .filter(([name]) => [record.fields[name]].flat().some((id) => isId(id, from)))
          .map(([name]) => [name, renamed(record.fields[name], from, to)]),
      );
      if (Object.keys(changes).length > 0) {
        store.write(collection, record.id, { ...record.fields, ...changes });
      }
    }
  }
}

/**
 * What a CRM user does with two records of one person: one survives, takes over what it lacked and every reference; the
 * other's id is gone, or still leads to the survivor. False: one of them is not there, and nothing happened.
 */
export function mergeRecords(
  store: RecordStore<VaultCollection>,
  collection: VaultCollection,
  keepId: string,
  goneId: string,
  answer: MergedAnswer,
): boolean {
  const kept = store.lookUp(collection, keepId);
  const gone = store.lookUp(collection, goneId);
  if (kept.kind !== 'found' || gone.kind !== 'found' || kept.record.id === gone.record.id) return false;
  store.write(collection, kept.record.id, mergedFields(kept.record.fields, gone.record.fields));
  repoint(store, collection, gone.record.id, kept.record.id);
  store.retire(collection, gone.record.id, kept.record.id, answer);
  return true;
}
