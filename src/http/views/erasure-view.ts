import Type, { type Static } from 'typebox';
import type { Erasure } from '../../operations/erase-user.ts';
import { ERASED_KINDS } from '../../state-store/erasure-store.port.ts';
import { Count, nullable, Timestamp, timestamp } from './scalars.ts';

const Counts = Type.Object(
  Object.fromEntries(ERASED_KINDS.map((kind) => [kind, Count])) as Record<
    (typeof ERASED_KINDS)[number],
    typeof Count
  >,
);

/** What an erasure did, and what stands elsewhere. */
export const ErasureSchema = Type.Object({
  userId: Type.String(),
  dryRun: Type.Boolean(),
  complete: Type.Boolean({ description: 'False: call again; the next call goes on.' }),
  removed: Counts,
  remaining: Counts,
  storeFiles: nullable(
    Type.Enum(['overwritten', 'removed'], {
      description:
        '`overwritten`: no copy is in the files of the store. `removed`: no document holds it, and the database uses its place again when it does.',
    }),
  ),
  elsewhere: Type.Array(
    Type.Object({
      where: Type.Enum([
        'crm',
        'audit',
        'unknown_letters',
        'change_topics',
        'dead_letter_topic',
        'work_topic',
      ]),
      goneBy: nullable(Timestamp),
      detail: Type.String(),
    }),
    { description: 'What this service does not remove, when it goes, and what to do.' },
  ),
});

export type ErasureView = Static<typeof ErasureSchema>;
type Elsewhere = ErasureView['elsewhere'][number];

export function erasureView(erasure: Erasure): ErasureView {
  const { userId, dryRun, complete, removed, remaining, bytes } = erasure;
  return { userId, dryRun, complete, removed, remaining, storeFiles: bytes, elsewhere: elsewhere(erasure) };
}

function elsewhere({ unknownLetters, unknownLettersUntil, auditUntil, kafka }: Erasure): Elsewhere[] {
  const places: Elsewhere[] = [
    {
      where: 'crm',
      goneBy: null,
      detail:
        'Nothing was sent to a CRM: the records there stay, and are the affair of whoever owns the account.',
    },
    {
      where: 'audit',
      goneBy: timestamp(auditUntil),
      detail:
        'What the user did and who acted on them stays on record until then, by ids and settings alone.',
    },
  ];
  if (unknownLetters > 0)
    places.push({
      where: 'unknown_letters',
      goneBy: timestamp(unknownLettersUntil),
      detail: `${unknownLetters} dead letters are of events that could not be read and name no record that is kept: whose they are can't be told. Look through them, or wait.`,
    });
  if (kafka === null) return places;
  return [
    ...places,
    {
      where: 'change_topics',
      goneBy: null,
      detail:
        'These topics are compacted: they keep the last event of each entity until its publisher writes a null value under its key. That must come from Zena.',
    },
    {
      where: 'dead_letter_topic',
      goneBy: timestamp(kafka.deadLettersUntil),
      detail:
        'By RETENTION_DEAD_LETTERS, and the rest of the segment that it stands in: Kafka deletes whole ones.',
    },
    {
      where: 'work_topic',
      goneBy: timestamp(kafka.workUntil),
      detail: 'Hints hold ids of connections and no content.',
    },
  ];
}
