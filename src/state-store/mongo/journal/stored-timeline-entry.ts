import type { Collection } from 'mongodb';
import type { JsonObject } from '../../../domain/json.ts';
import type { LinkId } from '../../../domain/link.ts';
import type { FieldError } from '../../../domain/outcome.ts';
import { TIMELINE_LENGTH, type TimelineEntry } from '../../../domain/timeline.ts';
import type { MongoSession } from '../session/mongo-session.ts';

export interface TimelineDocument {
  /** The link's id and a slot of its ring: an entry takes the place of the one `TIMELINE_LENGTH` before it. */
  readonly _id: string;
  readonly entryId: string;
  readonly linkId: string;
  readonly sequence: number;
  readonly at: number;
  readonly userId: string;
  readonly connectionId: string;
  readonly provider: string;
  readonly kind: TimelineEntry['kind'];
  readonly entityId: string;
  readonly title: string;
  readonly code: TimelineEntry['code'];
  readonly reason?: string;
  readonly detail: string;
  readonly changed: readonly string[];
  /** JSON text: its names are the CRM's. */
  readonly replaced?: string;
  readonly errors: readonly FieldError[];
  readonly version?: number;
  readonly lane: TimelineEntry['lane'];
  readonly latencyMs?: number;
  readonly checked?: true;
}

export function timelineIn({ database }: MongoSession): Collection<TimelineDocument> {
  return database.collection('timeline');
}

export function timelineDocument(entry: TimelineEntry): TimelineDocument {
  const { reason, replaced, version, latencyMs, checked } = entry;
  return {
    _id: `${entry.linkId}#${String(entry.sequence % TIMELINE_LENGTH)}`,
    entryId: entry.id,
    linkId: entry.linkId,
    sequence: entry.sequence,
    at: entry.at,
    userId: entry.userId,
    connectionId: entry.connectionId,
    provider: entry.provider,
    kind: entry.kind,
    entityId: entry.entityId,
    title: entry.title,
    code: entry.code,
    ...(reason !== null && { reason }),
    detail: entry.detail,
    changed: [...entry.changed],
    ...(replaced !== undefined && { replaced: JSON.stringify(replaced) }),
    errors: fieldErrors(entry.errors),
    ...(version !== null && { version }),
    lane: entry.lane,
    ...(latencyMs !== null && { latencyMs }),
    ...(checked === true && { checked }),
  };
}

export function timelineEntryOf(document: TimelineDocument): TimelineEntry {
  const { replaced, checked } = document;
  return {
    id: document.entryId,
    linkId: document.linkId as LinkId,
    sequence: document.sequence,
    at: document.at,
    userId: document.userId,
    connectionId: document.connectionId,
    provider: document.provider,
    kind: document.kind,
    entityId: document.entityId,
    title: document.title,
    code: document.code,
    reason: document.reason ?? null,
    detail: document.detail,
    changed: document.changed,
    ...(replaced !== undefined && { replaced: JSON.parse(replaced) as JsonObject }),
    errors: fieldErrors(document.errors),
    version: document.version ?? null,
    lane: document.lane,
    latencyMs: document.latencyMs ?? null,
    ...(checked === true && { checked }),
  };
}

/** Each error's named members and no others. */
export function fieldErrors(errors: readonly FieldError[]): FieldError[] {
  return errors.map(({ field, message }) => ({ field, message }));
}
