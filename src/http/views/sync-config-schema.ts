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

/** What may be set; what is absent stays as it is. */
export const SYNC_CONFIG_FIELDS = {
  syncContacts: Type.Optional(Type.Boolean()),
  syncProperties: Type.Optional(Type.Boolean()),
  syncDeals: Type.Optional(Type.Boolean()),
  syncDirection: Type.Optional(Type.Enum([...SYNC_DIRECTIONS])),
  deletions: Type.Optional(Deletions),
  timeZone: Type.Optional(TimeZone),
};

export const SyncConfigInputSchema = Type.Object(SYNC_CONFIG_FIELDS, { additionalProperties: false });

export const SyncConfigSchema = Type.Object({
  syncContacts: Type.Boolean(),
  syncProperties: Type.Boolean(),
  syncDeals: Type.Boolean(),
  syncDirection: Type.Enum([...SYNC_DIRECTIONS]),
  deletions: Deletions,
  timeZone: TimeZone,
});

export function syncConfigView(config: SyncConfig) {
  const { syncContacts, syncProperties, syncDeals, syncDirection, deletions, timeZone } = config;
  return { syncContacts, syncProperties, syncDeals, syncDirection, deletions, timeZone };
}
