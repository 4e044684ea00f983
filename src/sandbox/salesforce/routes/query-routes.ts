import { runQuery, type QueryResult } from '../soql/run-query.ts';
import { columnMetadata } from '../soql/column-metadata.ts';
import { searchReply } from './search-route.ts';
import { SoqlError } from '../soql/soql-error.ts';
import type { SfOrg } from '../org/sf-org.ts';
import { failed, failure, NOT_ALLOWED, ok, type SfReply } from '../org/sf-reply.ts';
import type { RestCall } from './rest-call.ts';
import type { Json, JsonObject } from '../../../domain/json.ts';
import { newSfId } from '../schema/sf-id.ts';

/** As many as are remembered; the oldest is forgotten. */
const MOST = 50;

/** Queries of more rows than a page holds. */
interface QueryCursors {
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

function createQueryCursors(): QueryCursors {
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

/** `/query`, `/queryAll` and `/search`. */
export function createQueryRoutes(org: SfOrg) {
  const cursors = createQueryCursors();

  function query(call: RestCall): SfReply {
    const { path, query: asked, version, caller } = call;
    if (call.method !== 'GET') return NOT_ALLOWED(call.method);
    const [resource, locator = ''] = path;
    if (locator !== '') {
      const page = cursors.next(locator, version);
      return page === null
        ? failed(400, failure('INVALID_QUERY_LOCATOR', 'invalid query locator'))
        : ok(page);
    }
    const text = asked.get('q');
    if (text === null || text.trim() === '')
      return failed(400, failure('MALFORMED_QUERY', 'A query string has to be specified'));
    if (asked.get('columns') === 'true') return ok(columnMetadata(org, text));
    const withDeleted = resource?.toLowerCase() === 'queryall';
    const result = runQuery({ org, caller, version, withDeleted }, text);
    return ok(cursors.first(result, batchOf(call), version));
  }

  /** A caller may want pages of 200 to 2,000 rows. */
  function batchOf({ headers }: RestCall): number {
    const asked = /batchSize\s*=\s*(\d+)/i.exec(headers['sforce-query-options'] ?? '')?.[1];
    return asked === undefined ? org.settings().pageSize : Math.min(2_000, Math.max(200, Number(asked)));
  }

  return {
    query: (call: RestCall): SfReply => guarded(() => query(call)),
    search: (call: RestCall): SfReply => guarded(() => searchReply(org, call)),
    forget: cursors.forget,
  };
}

export function guarded(run: () => SfReply): SfReply {
  try {
    return run();
  } catch (error) {
    if (error instanceof SoqlError) return failed(400, failure(error.errorCode, error.message));
    throw error;
  }
}
