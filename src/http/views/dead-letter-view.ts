import { Buffer, isUtf8 } from 'node:buffer';
import Type, { type Static } from 'typebox';
import { DEAD_LETTER_KINDS, DEAD_LETTER_STATUSES, type DeadLetter } from '../../domain/dead-letter.ts';
import { ENTITY_KINDS } from '../../domain/entity.ts';
import { LINK_STATES } from '../../domain/link.ts';
import type { DeadLetterDetails, ShownGroup, ShownLetter } from '../../operations/dead-letters.ts';
import { FIXERS } from '../../domain/deciding/remedy.ts';
import { Count, nullable, Timestamp, timestamp } from './scalars.ts';

/** An unreadable event's original bytes. */
export const EventBytesSchema = Type.Object({
  keyBase64: nullable(Type.String()),
  keyText: nullable(Type.String({ description: 'The key, where it is printable UTF-8.' })),
  valueBase64: nullable(Type.String()),
  valueText: nullable(Type.String({ description: 'The value, where it is printable UTF-8 and small.' })),
  valueBytes: Count,
});

/** More than this is no help to the eye. */
const LONGEST_TEXT = 16 * 1_024;

export function eventBytesView(
  key: Uint8Array | null,
  value: Uint8Array | null,
): Static<typeof EventBytesSchema> {
  return {
    keyBase64: key === null ? null : Buffer.from(key).toString('base64'),
    keyText: printableText(key),
    valueBase64: value === null ? null : Buffer.from(value).toString('base64'),
    valueText: printableText(value),
    valueBytes: value?.byteLength ?? 0,
  };
}

/** Null where the bytes are no UTF-8, hold characters that a terminal would obey, or are too many to read. */
function printableText(bytes: Uint8Array | null): string | null {
  if (bytes === null || bytes.byteLength > LONGEST_TEXT || !isUtf8(bytes)) return null;
  const text = Buffer.from(bytes).toString('utf8');
  return /[^\P{C}\t\n\r]/u.test(text) ? null : text;
}

const Kind = Type.Enum([...DEAD_LETTER_KINDS]);

const RemedySchema = Type.Object({
  meaning: Type.String(),
  whoCanFix: Type.Enum([...FIXERS]),
  whatToDo: Type.String(),
});

const SourceSchema = Type.Object({
  topic: Type.String(),
  partition: Count,
  offset: Type.String(),
});

const LETTER = {
  id: Type.String(),
  kind: Kind,
  status: Type.Enum([...DEAD_LETTER_STATUSES], {
    description: '`superseded` also where its link has moved on and nobody has noted it yet.',
  }),
  code: Type.String(),
  detail: Type.String(),
  remedy: RemedySchema,
  entity: Type.Enum([...ENTITY_KINDS]),
  entityId: nullable(Type.String()),
  userId: nullable(Type.String()),
  provider: nullable(Type.String()),
  connectionId: nullable(Type.String()),
  source: nullable(SourceSchema),
  attempts: Count,
  replays: Count,
  firstFailedAt: Timestamp,
  failedAt: Timestamp,
  replayWould: Type.Enum(['deliver', 'decode', 'superseded', 'parked'], {
    description: 'What a replay would make of it now.',
  }),
  willFailAgain: Type.Boolean({
    description: 'The CRM refused just this, and neither record, mapping nor connection changed since.',
  }),
  linkState: nullable(Type.Enum([...LINK_STATES])),
};

/** A dead letter in a list. Of people it holds ids only. */
export const DeadLetterSchema = Type.Object(LETTER);

export type DeadLetterView = Static<typeof DeadLetterSchema>;

export function deadLetterView({ letter, verdict, status, linkState, remedy }: ShownLetter): DeadLetterView {
  const { delivery, source } = letter;
  return {
    id: letter.id,
    kind: letter.kind,
    status,
    code: letter.code,
    detail: letter.detail,
    remedy,
    entity: letter.entity,
    entityId: letter.entityId,
    userId: delivery?.userId ?? null,
    provider: delivery?.provider ?? null,
    connectionId: delivery?.connectionId ?? null,
    source: source === null ? null : sourceView(source),
    attempts: letter.attempts,
    replays: letter.replays,
    firstFailedAt: timestamp(letter.firstFailedAt),
    failedAt: timestamp(letter.failedAt),
    replayWould: verdict.do,
    willFailAgain: verdict.do === 'deliver' && verdict.willFailAgain,
    linkState,
  };
}

function sourceView({ topic, partition, offset }: NonNullable<DeadLetter['source']>) {
  return { topic, partition, offset };
}

/** One dead letter: also the CRM's words and an event's bytes, which may hold what people wrote. */
export const DeadLetterDetailsSchema = Type.Object({
  ...LETTER,
  fields: Type.Array(Type.Object({ field: Type.String(), message: Type.String() }), {
    description: "What the CRM said of single fields, in its words; they may repeat the record's values.",
  }),
  revision: nullable(Type.Integer({ description: 'The revision that was given up.' })),
  record: nullable(
    Type.Object(
      {
        revision: Type.Integer(),
        version: Type.Integer(),
        deleted: Type.Boolean(),
        userId: Type.String(),
        acceptedAt: Timestamp,
      },
      { description: 'The record as it stands now, without its content.' },
    ),
  ),
  link: nullable(
    Type.Object({ remoteId: nullable(Type.String()), attempts: Count, nextAt: nullable(Timestamp) }),
  ),
  connection: nullable(
    Type.Object({ status: Type.String(), health: Type.String(), reason: nullable(Type.String()) }),
  ),
  event: nullable(EventBytesSchema),
});

export type DeadLetterDetailsView = Static<typeof DeadLetterDetailsSchema>;

export function deadLetterDetailsView(shown: DeadLetterDetails): DeadLetterDetailsView {
  const { letter, record, link, connection } = shown;
  return {
    ...deadLetterView(shown),
    fields: letter.fields.map(({ field, message }) => ({ field, message })),
    revision: letter.delivery?.revision ?? null,
    record:
      record === null
        ? null
        : {
            revision: record.revision,
            version: record.version,
            deleted: record.deleted,
            userId: record.userId,
            acceptedAt: timestamp(record.acceptedAt),
          },
    link:
      link === null
        ? null
        : {
            remoteId: link.remote?.id ?? null,
            attempts: link.attempts,
            nextAt: link.nextAt === null ? null : timestamp(Math.max(link.nextAt, link.dirtySince ?? 0)),
          },
    connection:
      connection === null
        ? null
        : {
            status: connection.status,
            health: connection.health.state,
            reason: connection.health.reason,
          },
    event: letter.kind === 'decode' ? eventBytesView(letter.key, letter.value) : null,
  };
}

export const DeadLetterGroupSchema = Type.Object({
  kind: Kind,
  code: Type.String(),
  provider: nullable(Type.String()),
  count: Count,
  oldestFailedAt: Timestamp,
  newestFailedAt: Timestamp,
  remedy: RemedySchema,
});

export type DeadLetterGroupView = Static<typeof DeadLetterGroupSchema>;

export function deadLetterGroupView(group: ShownGroup): DeadLetterGroupView {
  const { kind, code, provider, count, oldest, newest, remedy } = group;
  return {
    kind,
    code,
    provider,
    count,
    oldestFailedAt: timestamp(oldest),
    newestFailedAt: timestamp(newest),
    remedy,
  };
}
