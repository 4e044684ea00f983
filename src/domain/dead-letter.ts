import type { LogPlace } from './change-event.ts';
import type { Scope } from './connection.ts';
import { contentHash } from './content-hash.ts';
import type { EntityKind } from './entity.ts';
import type { LinkId } from './link.ts';
import type { FieldError } from './outcome.ts';

/** `decode`: an event that can't be read; `deliver`: a record that the CRM did not take. */
export const DEAD_LETTER_KINDS = ['decode', 'deliver'] as const;
export type DeadLetterKind = (typeof DEAD_LETTER_KINDS)[number];

/**
 * - `open`: waits for a person.
 * - `parked`: was replayed as often as it may be with the same content; only something new starts it again.
 * - `superseded`: its link has moved on; there is nothing left to replay.
 * - `resolved`: a replay or a later delivery brought it to its end.
 * - `discarded`: a person wants it no more.
 */
export const DEAD_LETTER_STATUSES = ['open', 'parked', 'superseded', 'resolved', 'discarded'] as const;
export type DeadLetterStatus = (typeof DEAD_LETTER_STATUSES)[number];

/** Those that wait for a person. */
export const WAITING_STATUSES = ['open', 'parked'] as const satisfies readonly DeadLetterStatus[];

/** One entry of the index of dead letters. What a delivery was about is in the records: a letter keeps no copy of it. */
export interface DeadLetter {
  /** Of topic, partition and offset (decode), or of link, revision and mapping (deliver): once in the index. */
  readonly id: string;
  readonly kind: DeadLetterKind;
  readonly status: DeadLetterStatus;
  readonly code: string;
  /** For people; neither personal data nor a secret. */
  readonly detail: string;
  /** What the CRM said of single fields; its words, bounded. Not for topics or logs. */
  readonly fields: readonly FieldError[];
  /** Epoch ms. */
  readonly firstFailedAt: number;
  /** Epoch ms; of the latest failure. */
  readonly failedAt: number;
  readonly attempts: number;
  /** Replays of the same content that failed. */
  readonly replays: number;
  /** Where it came from; null for what did not come from a log. */
  readonly source: LogPlace | null;
  /** The bytes as they came; null for deliveries, and for what had none. */
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  /** How long the value was, where only its beginning is kept here; absent where it is whole. */
  readonly valueBytes?: number;
  readonly entity: EntityKind;
  /** Null where the key names none. */
  readonly entityId: string | null;
  /** From here on: of deliveries only. */
  readonly delivery: DeadDelivery | null;
}

export interface DeadDelivery {
  readonly linkId: LinkId;
  readonly scope: Scope;
  readonly connectionId: string;
  readonly userId: string;
  readonly provider: string;
  readonly revision: number;
  readonly mapping: string;
}

/** A letter is replayed at most this often with the same content, mapping and credentials. */
export const MOST_REPLAYS = 5;

/** The id of the letter about the message at a place: the same however often it is read. */
export function decodeLetterId({ topic, partition, offset }: LogPlace): string {
  return contentHash([topic, partition, offset]);
}

/** The id of the letter about a delivery: the same for the same content under the same mapping. */
export function deliveryLetterId(linkId: LinkId, revision: number, mapping: string): string {
  return contentHash([linkId, revision, mapping]);
}
