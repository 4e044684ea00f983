import Type, { type Static } from 'typebox';
import { ENTITY_KINDS } from '../../domain/entity.ts';
import { dueTime, LANES, type Link, LINK_STATES } from '../../domain/link.ts';
import type { RecordHistory, SyncedRecord } from '../../integrations/records.ts';
import { pageView } from './page-view.ts';
import { Count, nullable, Timestamp, timestamp, timestampOrNull } from './scalars.ts';
import { FieldErrorSchema, TimelineEntrySchema, timelineEntryView } from './timeline-view.ts';

const RECORD_FIELDS = {
  entity: Type.Enum([...ENTITY_KINDS]),
  entityId: Type.String(),
  title: Type.String(),
  state: Type.Enum([...LINK_STATES, 'superseded'], {
    description:
      '`superseded`: a newer contact with the same e-mail speaks for the CRM record that they share; listed among those that are `linked`.',
  }),
  version: nullable(Type.Integer({ description: "Zena's version; null when the record is yours no more." })),
  deleted: Type.Boolean({ description: 'Deleted in Zena.' }),
  remoteId: nullable(Type.String({ description: "The CRM's id." })),
  failure: nullable(
    Type.Object({
      code: Type.String(),
      detail: Type.String(),
      fields: Type.Array(FieldErrorSchema),
      at: Timestamp,
    }),
  ),
};

export const RecordSchema = Type.Object(RECORD_FIELDS);

const LinkSchema = Type.Object({
  origin: nullable(Type.Enum(['created', 'adopted'])),
  remoteVersion: nullable(Type.String()),
  lane: Type.Enum([...LANES]),
  attempts: Count,
  nextAttemptAt: nullable(Timestamp),
  waitingSince: nullable(Timestamp),
  dirtySince: nullable(Timestamp),
  lastSent: nullable(
    Type.Object({
      version: Type.Integer(),
      fields: Type.Record(Type.String(), Type.Unknown(), {
        description: 'What the CRM last acknowledged, by its own field names.',
      }),
    }),
  ),
  strays: Type.Array(Type.String({ description: 'CRM records known to be duplicates.' })),
});

export const RecordHistorySchema = Type.Object({
  ...RECORD_FIELDS,
  link: nullable(LinkSchema),
  data: Type.Array(TimelineEntrySchema),
  nextCursor: nullable(Type.String()),
});

export function recordView({
  kind,
  entityId,
  state,
  record,
  link,
}: SyncedRecord): Static<typeof RecordSchema> {
  const dead = link?.dead ?? null;
  return {
    entity: kind,
    entityId,
    title: record?.title ?? entityId,
    state,
    version: record?.version ?? null,
    deleted: record?.deleted ?? false,
    remoteId: link?.remote?.id ?? null,
    failure:
      dead === null
        ? null
        : {
            code: dead.code,
            detail: dead.detail,
            fields: dead.fields.map(({ field, message }) => ({ field, message })),
            at: timestamp(dead.at),
          },
  };
}

export function recordHistoryView(history: RecordHistory): Static<typeof RecordHistorySchema> {
  return {
    ...recordView(history),
    link: history.link === null ? null : linkView(history.link),
    ...pageView(history.timeline, timelineEntryView),
  };
}

function linkView(link: Link): Static<typeof LinkSchema> {
  const { remote, shadow } = link;
  return {
    origin: remote?.origin ?? null,
    remoteVersion: remote?.version ?? null,
    lane: link.lane,
    attempts: link.attempts,
    // What is due may have been given an earlier turn than the time of its change.
    nextAttemptAt: link.nextAt === null ? null : timestamp(Math.max(dueTime(link), link.dirtySince ?? 0)),
    waitingSince: timestampOrNull(link.waitingSince),
    dirtySince: timestampOrNull(link.dirtySince),
    lastSent: shadow === null ? null : { version: shadow.version, fields: { ...shadow.fields } },
    strays: [...link.strays],
  };
}
