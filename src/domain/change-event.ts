import { contentHash } from './content-hash.ts';
import type { EntityBody, EntityKind } from './entity.ts';
import type { Json } from './json.ts';

/** A fact from Zena: what an entity is now, at a version. The newest version wins; order of arrival does not matter. */
export interface ChangeEvent {
  readonly kind: EntityKind;
  readonly eventId: string;
  /** Epoch milliseconds, Zena's clock. */
  readonly occurredAt: number;
  readonly userId: string;
  /** The office, where Zena names it. */
  readonly accountId: string | null;
  readonly entityId: string;
  /** 0 to 2^53 - 1; grows with every change of the entity. */
  readonly version: number;
  readonly operation: 'UPSERT' | 'DELETE';
  readonly origin: string;
  readonly causationId: string | null;
  /** Present for UPSERT, null for DELETE. */
  readonly body: EntityBody | null;
}

/** Where a change stands in the log that it came from. Offsets grow within one topic and partition only. */
export interface LogPlace {
  readonly topic: string;
  readonly partition: number;
  /** Decimal text: Kafka offsets are 64-bit. */
  readonly offset: string;
}

/** What the change feed hands to ingest, in the log's order. */
export type Change =
  | { readonly type: 'event'; readonly event: ChangeEvent; readonly place: LogPlace | null }
  /** A null value: a delete at its place in the log. */
  | {
      readonly type: 'tombstone';
      readonly kind: EntityKind;
      readonly entityId: string;
      readonly place: LogPlace;
    };

/** Identifies what an event says (owner, operation, content), apart from when and by which message it was said. */
export function eventContentHash(
  event: Pick<ChangeEvent, 'userId' | 'accountId' | 'operation' | 'body'>,
): string {
  return contentHash({
    userId: event.userId,
    accountId: event.accountId,
    operation: event.operation,
    body: event.body as unknown as Json,
  });
}
