import Type from 'typebox';
import { DELETIONS, SYNC_DIRECTIONS, type SyncConfig } from '../../domain/connection.ts';

const Deletions = Type.Enum([...DELETIONS], {
  description:
    'What a delete in Zena removes: what this connection created, nothing, or also what it adopted.',
});

/** What may be set; what is absent stays as it is. */
export const SYNC_CONFIG_FIELDS = {
  syncContacts: Type.Optional(Type.Boolean()),
  syncProperties: Type.Optional(Type.Boolean()),
  syncDeals: Type.Optional(Type.Boolean()),
  syncDirection: Type.Optional(Type.Enum([...SYNC_DIRECTIONS])),
  deletions: Type.Optional(Deletions),
};

export const SyncConfigInputSchema = Type.Object(SYNC_CONFIG_FIELDS, { additionalProperties: false });

export const SyncConfigSchema = Type.Object({
  syncContacts: Type.Boolean(),
  syncProperties: Type.Boolean(),
  syncDeals: Type.Boolean(),
  syncDirection: Type.Enum([...SYNC_DIRECTIONS]),
  deletions: Deletions,
});

export function syncConfigView(config: SyncConfig) {
  const { syncContacts, syncProperties, syncDeals, syncDirection, deletions } = config;
  return { syncContacts, syncProperties, syncDeals, syncDirection, deletions };
}
