import type { JsonObject } from '../../../domain/json.ts';

interface Version {
  readonly fields: JsonObject;
  readonly at: number;
}

/** A record as search sees it. */
export interface FoundVersion {
  readonly id: string;
  readonly fields: JsonObject;
}

/** An index of one collection that lags behind its writes. */
export interface SearchIndex {
  /** Notes what a record looks like from `at` on; older versions stay findable until all up to `asOf` are. */
  add(id: string, fields: JsonObject, at: number, asOf: number): void;
  remove(id: string): void;
  /** What the records under a key looked like at `asOf`, also those that have left it since, in no promised order. */
  find(key: string, asOf: number): FoundVersion[];
}

/** `keysOf` tells what a record is looked up by; what `fold` makes equal is told apart by whoever asks. */
export function createSearchIndex(
  keysOf: (fields: JsonObject) => readonly string[],
  fold: (key: string) => string = (key) => key.toLowerCase(),
): SearchIndex {
  /** Each record's versions, oldest first, each from its time on. */
  const records = new Map<string, Version[]>();
  const byKey = new Map<string, Set<string>>();
  return {
    add(id, fields, at, asOf) {
      const versions = records.get(id) ?? [];
      records.set(id, versions);
      versions.push({ fields, at });
      prune(versions, asOf);
      for (const key of keysOf(fields).map(fold)) {
        byKey.set(key, (byKey.get(key) ?? new Set()).add(id));
      }
    },
    find(key, asOf) {
      return [...(byKey.get(fold(key)) ?? [])].flatMap((id) => {
        const version = records.get(id)?.findLast(({ at }) => at <= asOf);
        return version ? [{ id, fields: version.fields }] : [];
      });
    },
    remove: (id) => void records.delete(id),
  };
}

/** Forgets versions that a later findable one has replaced. */
function prune(versions: Version[], asOf: number): void {
  const current = versions.findLastIndex(({ at }) => at <= asOf);
  if (current > 0) versions.splice(0, current);
}
