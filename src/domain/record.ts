import { eventContentHash, type Change, type ChangeEvent, type LogPlace } from './change-event.ts';
import { recordKey, referencesOf, type EntityBody, type EntityKind, type RecordKey } from './entity.ts';

/** The newest state of one Zena entity: what its owner's CRMs should hold. A delete leaves a tombstone. */
export interface ZenaRecord {
  readonly key: RecordKey;
  readonly kind: EntityKind;
  readonly entityId: string;
  readonly userId: string;
  readonly accountId: string | null;
  /** Zena's version of the last accepted change. */
  readonly version: number;
  /**
   * Our own count of accepted changes, from 1. It also grows where the version does not (a tie that was won, a null value), so
   * links compare revisions, never versions.
   */
  readonly revision: number;
  readonly deleted: boolean;
  /** Null once deleted. */
  readonly body: EntityBody | null;
  readonly occurredAt: number;
  /** When this revision was accepted, epoch ms. */
  readonly acceptedAt: number;
  /** The place of its last accepted change; null when it came without a log. */
  readonly place: LogPlace | null;
  readonly references: readonly RecordKey[];
  /** Who had it before its owner, latest first: their links are to look once more, for who shared a CRM record with it. */
  readonly formerUserIds: readonly string[];
}

/** A record without its content: what others need to know of it. */
export type RecordHead = Omit<ZenaRecord, 'body' | 'references'>;

/** What a list shows of a record: nothing of it is large, whatever the record holds. */
export interface RecordSummary extends Pick<ZenaRecord, 'userId' | 'version' | 'deleted'> {
  /** As `recordTitle` says. */
  readonly title: string;
}

/** A record of which somebody needs to know what it is found by: of its content no more need be there. */
export type KnownRecord = RecordHead & Partial<Pick<ZenaRecord, 'body'>>;

/** What a record is found by and whose it is, without what is large. */
export function findableRecord(record: ZenaRecord): KnownRecord {
  const { body, references: _references, ...head } = record;
  if (body?.kind !== 'contact') return head;
  return {
    ...head,
    body: { kind: 'contact', contact: { ...body.contact, relationshipNotes: [], attributes: {} } },
  };
}

/** More moves than anybody makes before the former owners' links have looked. */
const MOST_FORMER_USERS = 4;

export type ChangeVerdict =
  | 'accepted'
  /** Equal version, other content, and this one wins: DELETE first, then the greater content hash. */
  | 'tie_won'
  | 'tie_lost'
  | 'stale'
  /** The very content that is stored already. */
  | 'repeated'
  /** A null value for an entity that was never seen. */
  | 'tombstone_unknown'
  /** A null value that stands before the record's last change in the log, or in another partition. */
  | 'tombstone_behind';

export interface AppliedChange {
  readonly verdict: ChangeVerdict;
  /** The record as it stands after the change; null only for `tombstone_unknown`. */
  readonly record: ZenaRecord | null;
}

/** Whether a verdict changes what is stored. */
export function changesRecord(verdict: ChangeVerdict): boolean {
  return verdict === 'accepted' || verdict === 'tie_won';
}

/** Decides what a change does to a record. `now` is when it is accepted, epoch ms. */
export function applyChange(current: ZenaRecord | null, change: Change, now: number): AppliedChange {
  return change.type === 'tombstone'
    ? applyTombstone(current, change.place, now)
    : applyEvent(current, change.event, change.place, now);
}

function applyEvent(
  current: ZenaRecord | null,
  event: ChangeEvent,
  place: LogPlace | null,
  now: number,
): AppliedChange {
  const verdict = current === null ? 'accepted' : compare(current, event);
  if (!changesRecord(verdict)) return { verdict, record: current };
  return {
    verdict,
    record: {
      key: recordKey(event.kind, event.entityId),
      kind: event.kind,
      entityId: event.entityId,
      userId: event.userId,
      accountId: event.accountId,
      version: event.version,
      revision: (current?.revision ?? 0) + 1,
      deleted: event.operation === 'DELETE',
      body: event.body,
      occurredAt: event.occurredAt,
      acceptedAt: now,
      place,
      references: event.body === null ? [] : referencesOf(event.body),
      formerUserIds: formerUsers(current, event.userId),
    },
  };
}

function formerUsers(current: ZenaRecord | null, userId: string): readonly string[] {
  if (current === null || (current.userId === userId && current.formerUserIds.length === 0)) return [];
  const former = new Set([current.userId, ...current.formerUserIds]);
  former.delete(userId);
  return [...former].slice(0, MOST_FORMER_USERS);
}

function compare(current: ZenaRecord, event: ChangeEvent): ChangeVerdict {
  if (event.version > current.version) return 'accepted';
  if (event.version < current.version) return 'stale';
  const deletes = event.operation === 'DELETE';
  if (deletes !== current.deleted) return deletes ? 'tie_won' : 'tie_lost';
  // Ties are rare and a hash costs as much as reading the event did, so none is kept with the record.
  const [told, held] = [eventContentHash(event), recordContentHash(current)];
  if (told === held) return 'repeated';
  return told > held ? 'tie_won' : 'tie_lost';
}

/** The content hash of the event that says what the record says; a delete by a null value says what a DELETE does. */
export function recordContentHash({ userId, accountId, deleted, body }: ZenaRecord): string {
  return eventContentHash({ userId, accountId, operation: deleted ? 'DELETE' : 'UPSERT', body });
}

function applyTombstone(current: ZenaRecord | null, place: LogPlace, now: number): AppliedChange {
  if (current === null) return { verdict: 'tombstone_unknown', record: null };
  if (!isAfter(place, current.place)) return { verdict: 'tombstone_behind', record: current };
  if (current.deleted) return { verdict: 'repeated', record: current };
  return {
    verdict: 'accepted',
    record: {
      ...current,
      revision: current.revision + 1,
      deleted: true,
      body: null,
      occurredAt: Math.max(now, current.occurredAt),
      acceptedAt: now,
      place,
      references: [],
    },
  };
}

function isAfter(place: LogPlace, earlier: LogPlace | null): boolean {
  return (
    earlier !== null &&
    place.topic === earlier.topic &&
    place.partition === earlier.partition &&
    BigInt(place.offset) > BigInt(earlier.offset)
  );
}

/** A short human name of a record, for lists and timelines: cut to what people read. */
export function recordTitle(record: ZenaRecord): string {
  return cutTitle(nameOf(record));
}

/** What of a record is kept beside it for lists. */
export function summaryOf(record: ZenaRecord): RecordSummary {
  const { userId, version, deleted } = record;
  return { userId, version, deleted, title: recordTitle(record) };
}

function nameOf(record: ZenaRecord): string {
  if (record.body?.kind === 'contact') return record.body.contact.name || record.entityId;
  if (record.body?.kind === 'property') return record.body.property.address || record.entityId;
  if (record.body?.kind === 'deal') return record.body.deal.summary ?? record.body.deal.stage;
  return record.entityId;
}

/** What a title holds at most, in UTF-16 units, the mark of what was left out included. */
export const TITLE_LENGTH = 200;

const LEFT_OUT = '…';
const graphemes = new Intl.Segmenter('und', { granularity: 'grapheme' });

/** A text as a title: as it is where it is short, else cut between two characters as people see them. */
export function cutTitle(text: string): string {
  return cutText(text, TITLE_LENGTH);
}

/** As `cutTitle`, to `most` UTF-16 units. */
export function cutText(text: string, most: number): string {
  if (text.length <= most) return text;
  // A code point more than fits tells where the last character ends; nothing looks at the rest, however long it is.
  const room = most - LEFT_OUT.length;
  let end = 0;
  for (const { index } of graphemes.segment(text.slice(0, room + 2))) if (index <= room) end = index;
  // A single one may fill it all (marks upon marks): then between two code points.
  return copied(
    `${
      end > 0
        ? text.slice(0, end)
        : text
            .slice(0, room)
            .toWellFormed()
            .replace(/\uFFFD$/u, '')
    }${LEFT_OUT}`,
  );
}

/** A text of its own: a part of a text keeps the whole of it in memory for as long as it is kept. */
function copied(part: string): string {
  return JSON.parse(JSON.stringify(part)) as string;
}
