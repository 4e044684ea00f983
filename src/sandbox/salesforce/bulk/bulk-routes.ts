import type { SfOrg } from '../org/sf-org.ts';
import type { SfReply } from '../org/sf-reply.ts';
import type { RestCall } from '../routes/rest-call.ts';
import { createIngestJobs } from './ingest-jobs.ts';
import { createQueryJobs } from './query-jobs.ts';

/** `/jobs`: Bulk API 2.0. */
export function createBulkRoutes(org: SfOrg) {
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
