/**
 * What the feed does not go on from by itself: going on would lose events without a trace, or would fail for ever. The
 * process ends with it; `remedy` says what a person can do.
 */
export class FeedRefusal extends Error {
  override readonly name = 'FeedRefusal';
  readonly code: FeedRefusalCode;
  readonly remedy: string;

  constructor(
    code: FeedRefusalCode,
    message: string,
    options: { readonly remedy: string; readonly cause?: unknown },
  ) {
    super(message, { cause: options.cause });
    this.code = code;
    this.remedy = options.remedy;
  }
}

export type FeedRefusalCode =
  /** The log no longer has, or never had, the place where the group stopped: events are lost, or the topic is another. */
  | 'OFFSET_OUT_OF_RANGE'
  /** The store was put back from a copy that is older than what the log still holds: events between the two are lost. */
  | 'STORE_BEHIND_LOG'
  /** The brokers refuse our login or a permission. */
  | 'KAFKA_REFUSED'
  /** The consumer ended by an error that a retry does not mend. */
  | 'KAFKA_CONSUMER_FAILED';

const OUT_OF_RANGE_REMEDY =
  'Find out what was lost (retention, a topic that was made anew). Then set the group back with ' +
  '`kafka-consumer-groups --reset-offsets --to-earliest --execute` while no worker runs, start, and let Zena publish ' +
  'every entity again, or run a full sync for each connection.';

export function offsetOutOfRange(message: string, cause?: unknown): FeedRefusal {
  return new FeedRefusal('OFFSET_OUT_OF_RANGE', message, { remedy: OUT_OF_RANGE_REMEDY, cause });
}

const BEHIND_REMEDY =
  'Put back a newer copy of the store if there is one. Otherwise start once with `zena-crm start --accept-lost-events`, ' +
  'which goes on with what the log still holds, and let Zena publish every entity again: what was in the missing ' +
  'events comes with nothing else.';

export function storeBehindLog(message: string): FeedRefusal {
  return new FeedRefusal('STORE_BEHIND_LOG', message, { remedy: BEHIND_REMEDY });
}

/** Whether the state store was away, which a retry mends. */
export function isStoreAway(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'STORE_UNAVAILABLE';
}

/** Turns an error that ended a consumer into a refusal; null if trying again may help. */
export function refusalOf(error: unknown): FeedRefusal | null {
  if (error instanceof FeedRefusal) return error;
  if (isStoreAway(error)) return null;
  const causes = chainOf(error);
  const outOfRange = causes.find((each) => each.name === 'KafkaJSOffsetOutOfRange');
  if (outOfRange !== undefined) {
    const topic = 'topic' in outOfRange ? String(outOfRange.topic) : 'a topic';
    const partition = 'partition' in outOfRange ? String(outOfRange.partition) : 'unknown';
    return offsetOutOfRange(`the log has no event at the group's position in ${topic}/${partition}`, error);
  }
  if (causes[0]?.name === 'KafkaJSNumberOfRetriesExceeded' || isRetriable(causes.at(-1))) return null;
  const message = causes.at(-1)?.message ?? String(error);
  return causes.some(isRejectedLogin)
    ? new FeedRefusal('KAFKA_REFUSED', message, {
        remedy: 'Check KAFKA_SASL_*, KAFKA_SSL_* and the ACLs.',
        cause: error,
      })
    : new FeedRefusal('KAFKA_CONSUMER_FAILED', message, {
        remedy: 'Restart the worker; it goes on where it stopped. If this repeats, report it with the log.',
        cause: error,
      });
}

/** The error and its causes, outermost first. */
function chainOf(error: unknown): Error[] {
  const chain: Error[] = [];
  for (let each = error; each instanceof Error && chain.length < 10; each = each.cause) {
    if (chain.includes(each)) break;
    chain.push(each);
  }
  return chain;
}

function isRetriable(error: Error | undefined): boolean {
  return error !== undefined && 'retriable' in error && error.retriable === true;
}

function isRejectedLogin(error: Error): boolean {
  const type: unknown = 'type' in error ? error.type : undefined;
  return (
    error.name === 'KafkaJSSASLAuthenticationError' ||
    (typeof type === 'string' && /AUTHORIZATION_FAILED|SASL_AUTHENTICATION_FAILED/.test(type))
  );
}
