import Type, { type Static } from 'typebox';
import { capabilitiesOf, RECORD_VERBS } from '../../connectors/capabilities.ts';
import type { CrmConnector } from '../../connectors/connector.port.ts';
import { SYNC_DIRECTIONS } from '../../domain/connection.ts';
import { ENTITY_KINDS } from '../../domain/entity.ts';
import { PROVIDERS } from '../../domain/providers.ts';
import type { ProviderCatalogue } from '../../integrations/integration.port.ts';
import { nullable, Seconds } from './scalars.ts';

const VerbsSchema = Type.Array(Type.Enum([...RECORD_VERBS]));

const CapabilitiesSchema = Type.Object({
  entities: Type.Array(Type.Enum([...ENTITY_KINDS])),
  kinds: Type.Object(
    {
      contact: Type.Optional(VerbsSchema),
      property: Type.Optional(VerbsSchema),
      deal: Type.Optional(VerbsSchema),
    },
    { description: 'What can be done with each kind of record there; a kind that is missing is not sent.' },
  ),
  syncDirections: Type.Array(Type.Enum([...SYNC_DIRECTIONS])),
  deletes: Type.Boolean(),
  changedSince: Type.Boolean(),
  batch: Type.Boolean({ description: 'Whether several records go in one call.' }),
  webhooks: Type.Boolean({ description: 'Whether the CRM tells of its changes by itself.' }),
});

const LimitsSchema = Type.Object({
  requestsPerSecond: Type.Number(),
  maxConcurrent: Type.Integer(),
  requestsPerDay: nullable(Type.Integer()),
  searchLagSeconds: Seconds,
  callDeadlineSeconds: Seconds,
});

const CredentialFieldSchema = Type.Object({
  name: Type.String(),
  label: Type.String(),
  secret: Type.Boolean(),
  required: Type.Boolean(),
  kind: Type.Enum(['text', 'url']),
  help: Type.String({ description: 'Where people find it, and what it looks like.' }),
});

const ProviderSchema = Type.Object({
  id: Type.String(),
  name: Type.String(),
  available: Type.Boolean(),
  unavailableReason: nullable(
    Type.String({ description: 'Why it can not be connected, for people; null where it can.' }),
  ),
  capabilities: nullable(CapabilitiesSchema),
  credentialFields: Type.Array(CredentialFieldSchema),
  limits: nullable(LimitsSchema),
  knownGaps: Type.Array(Type.String(), { description: 'What does not get there as people may expect.' }),
});

const PLANNED = 'It is planned, and not built yet.';

export const ProviderListSchema = Type.Object({ providers: Type.Array(ProviderSchema) });

export function providerListView({ available }: ProviderCatalogue): Static<typeof ProviderListSchema> {
  return {
    providers: PROVIDERS.map(({ id, name }) => {
      const connector = available.find((one) => one.id === id);
      return { id, name, available: connector !== undefined, ...connectorView(connector) };
    }),
  };
}

type ConnectorView = Omit<Static<typeof ProviderSchema>, 'id' | 'name' | 'available'>;

function connectorView(connector: CrmConnector | undefined): ConnectorView {
  if (connector === undefined) {
    return {
      unavailableReason: PLANNED,
      capabilities: null,
      credentialFields: [],
      limits: null,
      knownGaps: [],
    };
  }
  const { entities, kinds, syncDirections, deletes, changedSince } = capabilitiesOf(connector);
  return {
    unavailableReason: null,
    capabilities: {
      entities: [...entities],
      kinds: Object.fromEntries(Object.entries(kinds).map(([kind, verbs]) => [kind, [...verbs]])),
      syncDirections: [...syncDirections],
      deletes,
      changedSince,
      // The port has no such verbs yet.
      batch: false,
      webhooks: false,
    },
    credentialFields: connector.credentialFields.map((field) => ({
      name: field.name,
      label: field.label,
      secret: field.secret,
      required: field.required,
      kind: field.kind,
      help: field.help,
    })),
    limits: limitsView(connector.limits),
    knownGaps: [...connector.knownGaps],
  };
}

function limitsView(limits: CrmConnector['limits']): Static<typeof LimitsSchema> {
  const { requestsPerSecond, maxConcurrent, requestsPerDay, searchLagMs, callDeadlineMs } = limits;
  return {
    requestsPerSecond,
    maxConcurrent,
    requestsPerDay,
    searchLagSeconds: searchLagMs / 1_000,
    callDeadlineSeconds: callDeadlineMs / 1_000,
  };
}
