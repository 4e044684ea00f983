import { ok, type SfReply } from '../org/sf-reply.ts';
import type { Usage } from './rest-call.ts';

/** `/limits`: it counts itself (VERIFIED-3). */
export function limitsReply({ used, most }: Usage): SfReply {
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
