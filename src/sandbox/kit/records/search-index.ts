import type { Json } from '../../../domain/json.ts';
import type { VaultCollection, VaultFields } from '../../mri-vault/vault-record.ts';

/** The fields that a collection is searched by; the first one is required and indexed. */
export const SEARCH_FIELDS: Readonly<Record<VaultCollection, readonly [string, ...string[]]>> = {
  contacts: ['email'],
  properties: ['address'],
  deals: ['propertyId', 'stage'],
};

interface Version {
  readonly fields: VaultFields;
  readonly at: number;
}

/** What one record looks like to search: its versions, oldest first, each from its time on. */
export interface Searchable {
  readonly id: string;
  readonly versions: Version[];
}

export interface SearchView {
  /** Versions written after this time are not found yet, epoch ms. */
  readonly asOf: number;
  readonly ignoreCase: boolean;
}

export interface SearchIndex {
  /** Notes what a record looks like from `at` on; older versions stay findable until the lag has passed. */
  add(id: string, fields: VaultFields, at: number, asOf: number): void;
  remove(id: string): void;
  /** Ids of the records whose findable version carries every asked value, in no promised order. */
  find(asked: Readonly<Record<string, string>>, view: SearchView): { id: string; fields: VaultFields }[];
  clear(): void;
}

function text(value: Json | undefined): string | null {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : null;
}

function findable(versions: readonly Version[], asOf: number): Version | undefined {
  return versions.findLast((version) => version.at <= asOf);
}

/** Forgets versions that a later findable one has replaced. */
function prune(versions: Version[], asOf: number): void {
  const current = versions.findLastIndex((version) => version.at <= asOf);
  if (current > 0) versions.splice(0, current);
}

function matches(fields: VaultFields, asked: Readonly<Record<string, string>>, ignoreCase: boolean): boolean {
  return Object.entries(asked).every(([name, value]) => {
    const held = text(fields[name]);
    if (held === null) return false;
    return ignoreCase ? held.toLowerCase() === value.toLowerCase() : held === value;
  });
}

/** An index of one collection that lags behind its writes, as far as the view asks for. */
export function createSearchIndex(collection: VaultCollection): SearchIndex {
  const [keyField] = SEARCH_FIELDS[collection];
  const records = new Map<string, Searchable>();
  const byKey = new Map<string, Set<string>>();

  function add(id: string, fields: VaultFields, at: number, asOf: number): void {
    const record = records.get(id) ?? { id, versions: [] };
    records.set(id, record);
    record.versions.push({ fields, at });
    prune(record.versions, asOf);
    const key = text(fields[keyField])?.toLowerCase();
    if (key === undefined) return;
    byKey.set(key, (byKey.get(key) ?? new Set()).add(id));
  }

  function find(asked: Readonly<Record<string, string>>, view: SearchView) {
    const ids = byKey.get((asked[keyField] ?? '').toLowerCase()) ?? [];
    return [...ids].flatMap((id) => {
      const version = findable(records.get(id)?.versions ?? [], view.asOf);
      return version && matches(version.fields, asked, view.ignoreCase)
        ? [{ id, fields: version.fields }]
        : [];
    });
  }

  return {
    add,
    find,
    remove: (id) => void records.delete(id),
    clear: () => {
      records.clear();
      byKey.clear();
    },
  };
}
