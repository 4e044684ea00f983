import type { ChangeHandler } from '../../../src/change-feed/change-feed.port.ts';
import { DeadLetterTopicUnavailable } from '../../../src/change-feed/dead-letter-topic.port.ts';
import type { Change } from '../../../src/domain/change-event.ts';
import { decodeLetterId, type DeadLetter } from '../../../src/domain/dead-letter.ts';
import type { Clock } from '../../../src/runtime/clock.ts';
import { StoreUnavailable } from '../../../src/state-store/state-store.port.ts';
import type { EventLog, LogMessage, Membership } from './event-log.ts';
import type { ProcessLife } from '../time/process-life.ts';

export interface LogConsumer {
  /** Finishes the batches in hand and leaves. */
  stop(): Promise<void>;
}

export interface LogConsumerParts {
  readonly log: EventLog;
  readonly life: ProcessLife;
  readonly clock: Clock;
  readonly handler: ChangeHandler;
  readonly onError: (event: string, error: unknown) => void;
}

/** Before a batch that the store could not take is tried again, ms. */
const RETRY_MS = 700;

/** Reads the partitions that it is given, a batch at a time each, and records its progress once the handler is through. */
export function startLogConsumer(parts: LogConsumerParts): LogConsumer {
  const { log, life } = parts;
  let stopping = false;
  let current: Membership | null = null;
  let running: Promise<unknown> = Promise.resolve();

  const leave = log.join(life, (membership) => {
    current = membership;
    if (stopping) return;
    const loops = membership.partitions.map((partition) =>
      consume(parts, membership, partition, () => stopping).catch((error: unknown) => {
        parts.onError('consumer_failed', error);
      }),
    );
    running = Promise.all([running, ...loops]);
  });
  return {
    async stop() {
      stopping = true;
      leave();
      if (current !== null) current.ended = true;
      await running;
    },
  };
}

async function consume(
  parts: LogConsumerParts,
  membership: Membership,
  partition: number,
  stopping: () => boolean,
): Promise<void> {
  const { log, life, clock } = parts;
  let position: number | null = null;
  while (!membership.ended && !stopping()) {
    const { from, messages } = await log.fetch(life, membership, partition, position);
    if (messages.length === 0) return;
    if (!(await handle(parts, membership, messages))) {
      await clock.sleep(RETRY_MS);
      continue;
    }
    position = from + messages.length;
    if (!(await log.commit(life, membership, partition, position))) return;
  }
}

/** False: the same batch has to come again. */
async function handle(
  { log, life, clock, handler }: LogConsumerParts,
  membership: Membership,
  messages: readonly LogMessage[],
): Promise<boolean> {
  try {
    await handler({
      changes: messages.map(({ change }) => change).filter((change): change is Change => change !== null),
      letters: messages
        .filter(({ change }) => change === null)
        .map((message) => letterOf(message, clock.now())),
      async heartbeat() {
        if (!(await log.heartbeat(life, membership))) membership.ended = true;
      },
      abandoned: () => membership.ended,
    });
    return !membership.ended;
  } catch (error) {
    if (error instanceof StoreUnavailable || error instanceof DeadLetterTopicUnavailable) return false;
    throw error;
  }
}

function letterOf({ place, kind, entityId }: LogMessage, at: number): DeadLetter {
  return {
    id: decodeLetterId(place),
    kind: 'decode',
    status: 'open',
    code: 'INVALID_JSON',
    detail: 'The value is no JSON.',
    fields: [],
    firstFailedAt: at,
    failedAt: at,
    attempts: 1,
    replays: 0,
    source: place,
    key: null,
    value: new TextEncoder().encode('?'),
    entity: kind,
    entityId,
    delivery: null,
  };
}
