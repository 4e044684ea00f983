import type { JsonObject } from '../../../domain/json.ts';
import type { SfOrg } from '../org/sf-org.ts';
import { failed, failure, type SfReply } from '../org/sf-reply.ts';
import { dateTimeText } from '../records/record-values.ts';

export type JobState = 'Open' | 'UploadComplete' | 'InProgress' | 'JobComplete' | 'Failed' | 'Aborted';

/** When a job came where it is. */
export interface JobTimes {
  readonly createdAt: number;
  readonly createdById: string;
  changedAt: number;
}

/** What every job tells of itself. */
export function jobBase(id: string, state: JobState, times: JobTimes, version: string): JsonObject {
  return {
    id,
    state,
    createdById: times.createdById,
    createdDate: dateTimeText(times.createdAt),
    systemModstamp: dateTimeText(times.changedAt),
    concurrencyMode: 'Parallel',
    contentType: 'CSV',
    apiVersion: Number(version.slice(1)),
  };
}

/** Where a job that waits to be worked at is: the first quarter of its time it only waits. */
export function waitingState(
  { now, settings }: SfOrg,
  since: number,
): 'UploadComplete' | 'InProgress' | 'due' {
  const { bulkMs } = settings();
  const waited = now() - since;
  if (waited >= bulkMs) return 'due';
  return waited >= bulkMs / 4 ? 'InProgress' : 'UploadComplete';
}

export const NO_JOB = failed(404, failure('NOT_FOUND', 'The requested resource does not exist'));

export function wrongState(state: JobState, told: string): SfReply {
  return failed(400, failure('INVALIDJOBSTATE', `${told} Current state: ${state}`));
}

export const invalidJob = (told: string): SfReply => failed(400, failure('INVALIDJOB', told));
