import type { Json } from '../../domain/json.ts';
import { ORG_ID } from './org/org-people.ts';
import type { SfOrg } from './org/sf-org.ts';
import { failed, failure, NOT_ALLOWED, NOT_FOUND, ok, type SfReply } from './org/sf-reply.ts';
import { createCollectionRoutes } from './routes/collection-routes.ts';
import { createCompositeRoutes } from './routes/composite-routes.ts';
import { createQueryRoutes } from './routes/query-routes.ts';
import type { RestCall, Usage } from './routes/rest-call.ts';
import { createSobjectRoutes } from './routes/sobject-routes.ts';
import { createTreeRoute } from './routes/tree-route.ts';
import { createIngestJobs } from './bulk/ingest-jobs.ts';
import { createQueryJobs } from './bulk/query-jobs.ts';

/** `/limits`: it counts itself (VERIFIED-3). */
function limitsReply({ used, most }: Usage): SfReply {
  const free = (max: number) => ({ Max: max, Remaining: max });
  return ok({
    ConcurrentAsyncGetReportInstances: free(200),
    DailyApiRequests: { Max: most, Remaining: Math.max(0, most - used) },
    DailyBulkApiBatches: free(15_000),
    DailyBulkV2QueryFileStorageMB: free(976_562),
    DailyBulkV2QueryJobs: free(10_000),
    DailyAsyncApexExecutions: free(250_000),
    DataStorageMB: free(5),
    FileStorageMB: free(20),
    HourlyAsyncReportRuns: free(1_200),
    SingleEmail: free(15),
  });
}

/** `/jobs`: Bulk API 2.0. */
function createBulkRoutes(org: SfOrg) {
  const ingest = createIngestJobs(org);
  const queries = createQueryJobs(org);
  return {
    /** Jobs go on by the clock, whoever asks; called before anything is answered. */
    advance(): void {
      ingest.advance();
      queries.advance();
    },
    /** Null: there is no such kind of job. */
    answer(call: RestCall): SfReply | null {
      if (call.path[1] === 'ingest') return ingest.answer(call);
      return call.path[1] === 'query' ? queries.answer(call) : null;
    },
    forget(): void {
      ingest.forget();
      queries.forget();
    },
  };
}

/** Current in the documents (verified): v68.0, Winter '27. */
const NEWEST = 68;
const OLDEST = 31;
const SEASONS = ['Spring', 'Summer', 'Winter'] as const;

/** The versions that an org speaks, oldest first. */
export const VERSIONS = Array.from({ length: NEWEST - OLDEST + 1 }, (_, place) => {
  const number = OLDEST + place;
  const season = SEASONS[number % 3] ?? 'Spring';
  const year = 24 + Math.floor((number - 60) / 3) + (season === 'Winter' ? 1 : 0);
  return { label: `${season} '${String(year)}`, url: `/services/data/v${number}.0`, version: `${number}.0` };
});

const RESOURCES = [
  'composite',
  'jobs',
  'limits',
  'query',
  'queryAll',
  'recent',
  'search',
  'sobjects',
] as const;

const LONGEST_URI = 16_384;

/** The REST API below a version, for somebody who is known. */
export function createRestApi(org: SfOrg) {
  const sobjects = createSobjectRoutes(org);
  const queries = createQueryRoutes(org);
  const collections = createCollectionRoutes(org);
  const tree = createTreeRoute(org);
  const { composite, batch } = createCompositeRoutes(org, (call) => answer(call));

  const bulk = createBulkRoutes(org);

  function answer(call: RestCall): SfReply {
    if (!VERSIONS.some(({ version }) => `v${version}` === call.version)) return NOT_FOUND;
    if (call.body.kind === 'too-large')
      return failed(413, failure('REQUEST_ENTITY_TOO_LARGE', 'The request body is too large.'));
    return routed(call) ?? NOT_FOUND;
  }

  function routed(call: RestCall): SfReply | null {
    const { path, method, version } = call;
    const [first = '', second = ''] = path;
    switch (first.toLowerCase()) {
      case '':
        return method === 'GET' ? ok(resourcesOf(call)) : NOT_ALLOWED(method);
      case 'sobjects':
        return sobjects(call);
      case 'query':
      case 'queryall':
        return queries.query(call);
      case 'search':
        return queries.search(call);
      case 'limits':
        return method === 'GET' ? limitsReply(call.usage) : NOT_ALLOWED(method);
      case 'recent':
        return method === 'GET' ? ok([]) : NOT_ALLOWED(method);
      case 'jobs':
        return bulk.answer(call);
      case 'composite':
        if (second === '') return composite(call);
        if (second === 'batch') return batch(call);
        if (second === 'tree') return tree(call);
        return second === 'sobjects' ? collections(call) : null;
      default:
        return version === '' ? null : NOT_FOUND;
    }
  }

  function resourcesOf({ version, caller }: RestCall): Json {
    const listed = RESOURCES.map((name): [string, Json] => [name, `/services/data/${version}/${name}`]);
    return { ...Object.fromEntries(listed), identity: `${caller.origin}/id/${ORG_ID}/${caller.userId}` };
  }

  return {
    answer(call: RestCall): SfReply {
      bulk.advance();
      return answer(call);
    },
    forget(): void {
      queries.forget();
      bulk.forget();
    },
  };
}

/** Longer addresses aren't read (VERIFIED-3). */
export const isTooLong = (path: string, query: string): boolean =>
  path.length + query.length + 1 > LONGEST_URI;
