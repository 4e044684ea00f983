import { createRequire } from 'node:module';

/**
 * Repairs of kafkajs 2.2.4, which has no release to wait for. Each replaces one method of an internal class for the whole
 * process; package.json pins the version, and a test fails when the internals are no longer the ones repaired here.
 */

interface RequestQueue {
  readonly pending: readonly unknown[];
  readonly throttledUntil: number;
  throttleCheckTimeoutId: NodeJS.Timeout | null;
  checkPendingRequests(): void;
}

interface ConsumerGroup {
  readonly preferredReadReplicasPerTopicPartition: Record<string, Record<number, unknown> | undefined>;
}

interface OffsetOutOfRange extends Error {
  readonly topic: string;
  readonly partition: number;
}

const REQUEST_QUEUE = 'kafkajs/src/network/requestQueue';
const CONSUMER_GROUP = 'kafkajs/src/consumer/consumerGroup';
const BUSY_CONNECTION_CHECK_MS = 10;

let repaired = false;

/** Applies the repairs, once. Throws if an internal that it repairs is not there. */
export function repairKafkajs(): void {
  if (repaired) return;
  const load = createRequire(import.meta.url);
  replaceMethod(load(REQUEST_QUEUE), 'scheduleCheckPendingRequests', scheduleCheckPendingRequests);
  replaceMethod(load(CONSUMER_GROUP), 'recoverFromOffsetOutOfRange', refuseOffsetOutOfRange);
  repaired = true;
}

/**
 * As released, a connection schedules a check of its queue after every check, also when nothing is queued and with a
 * negative delay: some hundred wake-ups a second for each idle connection, and a warning from Node 24. There is nothing to
 * check while nothing is queued: whatever is pushed later either goes out at once or schedules the check itself.
 */
function scheduleCheckPendingRequests(this: RequestQueue): void {
  if (this.throttleCheckTimeoutId !== null || this.pending.length === 0) return;
  const throttledMs = this.throttledUntil - Date.now();
  this.throttleCheckTimeoutId = setTimeout(
    () => {
      this.throttleCheckTimeoutId = null;
      this.checkPendingRequests();
    },
    throttledMs > 0 ? throttledMs : BUSY_CONNECTION_CHECK_MS,
  );
}

/**
 * As released, a position that the log no longer has is replaced by the earliest or latest one, committed and only logged:
 * lost events would go unnoticed. Here it is what it is, an error that ends the consumer. Only a follower's answer is doubted,
 * as before, by asking the leader.
 */
function refuseOffsetOutOfRange(this: ConsumerGroup, error: OffsetOutOfRange): Promise<void> {
  const followers = this.preferredReadReplicasPerTopicPartition[error.topic];
  if (followers?.[error.partition] === undefined) return Promise.reject(error);
  Reflect.deleteProperty(followers, error.partition);
  return Promise.resolve();
}

function replaceMethod(loaded: unknown, name: string, method: (...args: never[]) => unknown): void {
  const prototype: unknown = typeof loaded === 'function' ? loaded.prototype : undefined;
  if (
    typeof prototype !== 'object' ||
    prototype === null ||
    typeof Reflect.get(prototype, name) !== 'function'
  )
    throw new TypeError(`kafkajs has no method ${name} to repair: is it another version than 2.2.4?`);
  Reflect.set(prototype, name, method);
}
