import Type, { type Static } from 'typebox';
import type { ConnectorDefinition } from '../../connectors/connector.port.ts';
import { SYNC_DIRECTIONS } from '../../domain/connection.ts';
import { ENTITY_KINDS } from '../../domain/entity.ts';
import type { ProviderCatalogue } from '../../integrations/integration-ports.ts';
import { nullable } from './scalars.ts';

const CapabilitiesSchema = Type.Object({
  entities: Type.Array(Type.Enum([...ENTITY_KINDS])),
  syncDirections: Type.Array(Type.Enum([...SYNC_DIRECTIONS])),
  deletes: Type.Boolean(),
  changedSince: Type.Boolean(),
});

const CredentialFieldSchema = Type.Object({
  name: Type.String(),
  label: Type.String(),
  secret: Type.Boolean(),
  required: Type.Boolean(),
  kind: Type.Enum(['text', 'url']),
});

const ProviderSchema = Type.Object({
  id: Type.String(),
  name: Type.String(),
  available: Type.Boolean(),
  capabilities: nullable(CapabilitiesSchema),
  credentialFields: Type.Array(CredentialFieldSchema),
});

export const ProviderListSchema = Type.Object({ providers: Type.Array(ProviderSchema) });

export function providerListView({
  available,
  planned,
}: ProviderCatalogue): Static<typeof ProviderListSchema> {
  return {
    providers: [
      ...available.map(providerView),
      ...planned.map(({ id, name }) => ({
        id,
        name,
        available: false,
        capabilities: null,
        credentialFields: [],
      })),
    ],
  };
}

function providerView({
  id,
  name,
  capabilities,
  credentialFields,
}: ConnectorDefinition): Static<typeof ProviderSchema> {
  const { entities, syncDirections, deletes, changedSince } = capabilities;
  return {
    id,
    name,
    available: true,
    capabilities: { entities: [...entities], syncDirections: [...syncDirections], deletes, changedSince },
    credentialFields: credentialFields.map((field) => ({
      name: field.name,
      label: field.label,
      secret: field.secret,
      required: field.required,
      kind: field.kind,
    })),
  };
}
