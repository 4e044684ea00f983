import Type from 'typebox';
import { DELETIONS, SYNC_DIRECTIONS, type SyncConfig } from '../../domain/connection.ts';

const Deletions = Type.Enum([...DELETIONS], {
  description:
    'What a delete in Zena removes: what this connection created, nothing, or also what it adopted.',
});

const TimeZone = Type.String({
  description:
    'A time zone of the IANA database. A milestone whose time came without a zone is on the day that it was there.',
});

/** Of a stage's name, here and there. */
const LONGEST_STAGE = 200;
const MOST_STAGES = 100;

const Stages = Type.Record(
  Type.String({ pattern: `^(?=.{1,${String(LONGEST_STAGE)}}$)\\S(?:.*\\S)?$` }),
  Type.String({ minLength: 1, maxLength: LONGEST_STAGE, pattern: '^\\S(?:.*\\S)?$' }),
  {
    additionalProperties: false,
    maxProperties: MOST_STAGES,
    description:
      "Zena's stage of a deal to the CRM's name of one, all of them at once. A stage without an entry goes to the CRM's of an equal name, else to its first open one.",
  },
);

/** What may be set; what is absent stays as it is. */
export const SYNC_CONFIG_FIELDS = {
  syncContacts: Type.Optional(Type.Boolean()),
  syncProperties: Type.Optional(Type.Boolean()),
  syncDeals: Type.Optional(Type.Boolean()),
  syncDirection: Type.Optional(Type.Enum([...SYNC_DIRECTIONS])),
  deletions: Type.Optional(Deletions),
  timeZone: Type.Optional(TimeZone),
  stages: Type.Optional(Stages),
};

export const SyncConfigInputSchema = Type.Object(SYNC_CONFIG_FIELDS, { additionalProperties: false });

export const SyncConfigSchema = Type.Object({
  syncContacts: Type.Boolean(),
  syncProperties: Type.Boolean(),
  syncDeals: Type.Boolean(),
  syncDirection: Type.Enum([...SYNC_DIRECTIONS]),
  deletions: Deletions,
  timeZone: TimeZone,
  stages: Stages,
});

export function syncConfigView(config: SyncConfig) {
  const { syncContacts, syncProperties, syncDeals, syncDirection, deletions, timeZone, stages = {} } = config;
  return {
    syncContacts,
    syncProperties,
    syncDeals,
    syncDirection,
    deletions,
    timeZone,
    stages: { ...stages },
  };
}
