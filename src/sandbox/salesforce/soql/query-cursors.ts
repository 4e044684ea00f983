import type { Json, JsonObject } from '../../../domain/json.ts';
import { newSfId } from '../schema/sf-id.ts';
import type { QueryResult } from './run-query.ts';

/** As many as are remembered; the oldest is forgotten. */
const MOST = 50;

/** Queries of more rows than a page holds. */
export interface QueryCursors {
  /** The first page, in the vendor's form. */
  first(result: QueryResult, batch: number, version: string): JsonObject;
  /** A further one; null: there is no such query any more. */
  next(locator: string, version: string): JsonObject | null;
  forget(): void;
}

interface Cursor {
  readonly result: QueryResult;
  readonly batch: number;
}

export function createQueryCursors(): QueryCursors {
  const cursors = new Map<string, Cursor>();
  let opened = 0;

  function page(id: string, { result, batch }: Cursor, from: number, version: string): JsonObject {
    const until = from + batch;
    const done = result.rows === null || until >= result.totalSize;
    return {
      totalSize: result.totalSize,
      done,
      ...(!done && { nextRecordsUrl: `/services/data/${version}/query/${id}-${until}` }),
      records: result.rows?.(from, until) ?? ([] as Json[]),
    };
  }

  return {
    first(result, batch, version) {
      const cursor = { result, batch };
      if (result.rows === null || result.totalSize <= batch) return page('', cursor, 0, version);
      opened += 1;
      const id = newSfId('01g', opened);
      cursors.set(id, cursor);
      const [oldest] = cursors.keys();
      if (cursors.size > MOST && oldest !== undefined) cursors.delete(oldest);
      return page(id, cursor, 0, version);
    },
    next(locator, version) {
      const [id = '', from = ''] = locator.split('-');
      const cursor = cursors.get(id);
      const at = Number(from);
      if (cursor === undefined || !Number.isSafeInteger(at) || at < 0 || at > cursor.result.totalSize)
        return null;
      return page(id, cursor, at, version);
    },
    forget: () => cursors.clear(),
  };
}
