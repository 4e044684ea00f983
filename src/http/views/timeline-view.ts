import Type, { type Static } from 'typebox';
import { ENTITY_KINDS } from '../../domain/entity.ts';
import { LANES } from '../../domain/link.ts';
import { TIMELINE_CODES, type TimelineEntry } from '../../domain/timeline.ts';
import { cutTitle } from '../../domain/record.ts';
import { nullable, Seconds, Timestamp, timestamp } from './scalars.ts';

export const FieldErrorSchema = Type.Object({ field: Type.String(), message: Type.String() });

export const TimelineEntrySchema = Type.Object({
  id: Type.String(),
  at: Timestamp,
  provider: Type.String(),
  connectionId: Type.String(),
  entity: Type.Enum([...ENTITY_KINDS]),
  entityId: Type.String(),
  title: Type.String(),
  code: Type.Enum([...TIMELINE_CODES]),
  reason: nullable(Type.String()),
  detail: Type.String(),
  changed: Type.Array(Type.String({ description: 'CRM fields that were sent and differed.' })),
  replaced: nullable(
    Type.Record(Type.String(), Type.Unknown(), {
      description: 'What people had in CRM fields that this changed, or changed there, by field.',
    }),
  ),
  errors: Type.Array(FieldErrorSchema),
  version: nullable(Type.Integer()),
  lane: Type.Enum([...LANES]),
  latencySeconds: nullable(Seconds),
});

export function timelineEntryView(entry: TimelineEntry): Static<typeof TimelineEntrySchema> {
  return {
    id: entry.id,
    at: timestamp(entry.at),
    provider: entry.provider,
    connectionId: entry.connectionId,
    entity: entry.kind,
    entityId: entry.entityId,
    title: cutTitle(entry.title),
    code: entry.code,
    reason: entry.reason,
    detail: entry.detail,
    changed: [...entry.changed],
    replaced: entry.replaced ?? null,
    errors: entry.errors.map(({ field, message }) => ({ field, message })),
    version: entry.version,
    lane: entry.lane,
    latencySeconds: entry.latencyMs === null ? null : entry.latencyMs / 1_000,
  };
}
