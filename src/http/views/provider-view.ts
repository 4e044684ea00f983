import Type, { type Static } from 'typebox';
import { capabilitiesOf } from '../../connectors/capabilities.ts';
import type { CrmConnector } from '../../connectors/connector.port.ts';
import { SYNC_DIRECTIONS } from '../../domain/connection.ts';
import { ENTITY_KINDS } from '../../domain/entity.ts';
import { PROVIDERS } from '../../domain/providers.ts';
import type { ProviderCatalogue } from '../../integrations/integration.port.ts';
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

export function providerListView({ available }: ProviderCatalogue): Static<typeof ProviderListSchema> {
  return {
    providers: PROVIDERS.map(({ id, name }) => {
      const connector = available.find((one) => one.id === id);
      return { id, name, available: connector !== undefined, ...connectorView(connector) };
    }),
  };
}

function connectorView(
  connector: CrmConnector | undefined,
): Pick<Static<typeof ProviderSchema>, 'capabilities' | 'credentialFields'> {
  if (connector === undefined) return { capabilities: null, credentialFields: [] };
  const { entities, syncDirections, deletes, changedSince } = capabilitiesOf(connector);
  return {
    capabilities: { entities: [...entities], syncDirections: [...syncDirections], deletes, changedSince },
    credentialFields: connector.credentialFields.map((field) => ({
      name: field.name,
      label: field.label,
      secret: field.secret,
      required: field.required,
      kind: field.kind,
    })),
  };
}
