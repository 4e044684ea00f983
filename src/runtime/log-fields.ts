/**
 * Every field that may appear in a log line. Whatever is not named here is dropped and counted, so that a
 * payload, a header or a credential can't reach the log by being passed along.
 */
export const LOG_FIELDS = [
  // The process
  'mode',
  'store',
  'feed',
  'role',
  'host',
  'port',
  'origin',
  'appVersion',
  'nodeVersion',
  'protocol',
  'signal',
  'exitCode',
  'component',
  'part',
  'setting',
  'suggestion',
  'message',
  'remedy',
  'keyId',
  'seed',
  'rssMb',
  'delayMs',
  'waitMs',
  'graceMs',
  'durationMs',
  'ageMs',
  'limitMs',
  // Who and what
  'connectionId',
  'userId',
  'accountId',
  'provider',
  'entity',
  'entityId',
  'eventId',
  'linkId',
  'remoteId',
  'runId',
  'planId',
  'dlqId',
  'workerId',
  'shard',
  'shards',
  'epoch',
  'lane',
  'version',
  'wanted',
  'mappingHash',
  'dialect',
  'capability',
  'field',
  'fields',
  // What came of it
  'kind',
  'from',
  'to',
  'state',
  'verb',
  'outcome',
  'reason',
  'code',
  'codes',
  'retryable',
  'attempt',
  'attempts',
  'replays',
  'count',
  'total',
  'done',
  'due',
  'created',
  'updated',
  'unchanged',
  'failed',
  'retrying',
  'superseded',
  'accepted',
  'stale',
  'rejected',
  'ignored',
  'dropped',
  'repaired',
  'strays',
  'bytes',
  // Kafka and the schema registry
  'topic',
  'partition',
  'partitions',
  'offset',
  'lag',
  'groupId',
  'clientId',
  'generation',
  'memberId',
  'schemaId',
  'subject',
  // HTTP, ours and the CRM's
  'method',
  'route',
  'status',
  'requestId',
  'providerStatus',
  'retryAfterMs',
  // Errors
  'errorName',
  'errorCode',
  'errorMessage',
  'errorCause',
  'errorStack',
] as const;

export type LogFieldName = (typeof LOG_FIELDS)[number];
export type LogValue = string | number | boolean | null | undefined | readonly (string | number)[];

/** The fields of one line. */
export type LogFields = { readonly [N in LogFieldName]?: LogValue };

const ALLOWED = new Set<string>(LOG_FIELDS);

/** Whether a field may be logged. */
export function isLogField(name: string): name is LogFieldName {
  return ALLOWED.has(name);
}
