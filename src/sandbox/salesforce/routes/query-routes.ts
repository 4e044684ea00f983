import { createQueryCursors } from '../soql/query-cursors.ts';
import { runQuery } from '../soql/run-query.ts';
import { searchReply } from './search-route.ts';
import { SoqlError } from '../soql/soql-error.ts';
import type { SfOrg } from '../org/sf-org.ts';
import { failed, failure, NOT_ALLOWED, ok, type SfReply } from '../org/sf-reply.ts';
import type { RestCall } from './rest-call.ts';

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
