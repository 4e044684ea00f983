import Type, { type Static } from 'typebox';
import { capabilitiesOf, RECORD_VERBS } from '../../connectors/capabilities.ts';
import type { CrmConnector } from '../../connectors/connector.port.ts';
import { SYNC_DIRECTIONS } from '../../domain/connection.ts';
import { ENTITY_KINDS } from '../../domain/entity.ts';
import { allProviders } from '../../domain/providers.ts';
import { missingForBrowser } from '../../integrations/browser-connect.ts';
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
  dialect: Type.Optional(
    Type.String({
      description: "Of which of the provider's interfaces it is, where it is not of the first or only one.",
    }),
  ),
});

const BrowserConnectSchema = Type.Object(
  {
    available: Type.Boolean(),
    unavailableReason: nullable(Type.String({ description: 'What the operator has to set, for people.' })),
    fields: Type.Array(Type.String(), {
      description: 'Those of `credentialFields` that are asked for before people go there.',
    }),
  },
  { description: 'The connect on the CRM’s own page (`…/authorize`); null where the CRM has none.' },
);

const InterfaceFields = {
  available: Type.Boolean(),
  unavailableReason: nullable(
    Type.String({ description: 'Why it can not be connected, for people; null where it can.' }),
  ),
  capabilities: nullable(CapabilitiesSchema),
  credentialFields: Type.Array(CredentialFieldSchema),
  browserConnect: nullable(BrowserConnectSchema),
  limits: nullable(LimitsSchema),
  offByDefault: Type.Object(
    {
      contact: Type.Optional(Type.String()),
      property: Type.Optional(Type.String()),
      deal: Type.Optional(Type.String()),
    },
    { description: 'Kinds that are only sent where the sync config asks for it, each with why, for people.' },
  ),
  knownGaps: Type.Array(Type.String(), { description: 'What does not get there as people may expect.' }),
};

const ProviderSchema = Type.Object({
  id: Type.String(),
  name: Type.String(),
  ...InterfaceFields,
  dialects: Type.Array(
    Type.Object({
      dialect: nullable(Type.String({ description: 'Null: the one that is meant where nothing is said.' })),
      ...InterfaceFields,
    }),
    {
      description:
        'Where the provider has several interfaces, each by itself. What is said of the provider is said of the first; its credentialFields are those of all.',
    },
  ),
});

const PLANNED = 'It is planned, and not built yet.';

export const ProviderListSchema = Type.Object({ providers: Type.Array(ProviderSchema) });

export function providerListView(catalogue: ProviderCatalogue): Static<typeof ProviderListSchema> {
  const { available, unavailable = [] } = catalogue;
  const all = allProviders([...available, ...unavailable.map(({ connector }) => connector)]);
  return { providers: all.map(({ id, name }) => ({ id, name, ...providerView(catalogue, id) })) };
}

type ProviderView = Omit<Static<typeof ProviderSchema>, 'id' | 'name'>;
type InterfaceView = Omit<ProviderView, 'dialects'>;

const ANNOUNCED: ProviderView = {
  available: false,
  unavailableReason: PLANNED,
  capabilities: null,
  credentialFields: [],
  browserConnect: null,
  limits: null,
  offByDefault: {},
  knownGaps: [],
  dialects: [],
};

function providerView(catalogue: ProviderCatalogue, id: string): ProviderView {
  const { available, unavailable = [] } = catalogue;
  const named = [...available.map((connector) => ({ connector, reason: null })), ...unavailable].filter(
    ({ connector }) => connector.id === id,
  );
  const byDialect = new Map(named.map((one) => [one.connector.dialect ?? null, one]));
  const first = byDialect.get(null) ?? named[0];
  if (first === undefined) return ANNOUNCED;
  byDialect.delete(first.connector.dialect ?? null);
  const others = [...byDialect.values()];
  const dialects = [first, ...others].map(({ connector, reason }) => ({
    dialect: connector.dialect ?? null,
    ...interfaceView(catalogue, connector, reason),
  }));
  const view = interfaceView(catalogue, first.connector, first.reason);
  const reason = [first, ...others].some((one) => one.reason === null) ? null : first.reason;
  return {
    ...view,
    available: reason === null,
    unavailableReason: reason,
    credentialFields: allFields(dialects.map(({ credentialFields }) => credentialFields)),
    dialects: others.length === 0 ? [] : dialects,
  };
}

/** Each once. Who says nothing of another interface than the first needs none of its fields. */
function allFields([first = [], ...others]: readonly InterfaceView['credentialFields'][]) {
  const fields = new Map(others.flat().map((field) => [field.name, { ...field, required: false }]));
  for (const { name } of first) fields.delete(name);
  return [...first, ...fields.values()];
}

function interfaceView(
  catalogue: ProviderCatalogue,
  connector: CrmConnector,
  reason: string | null,
): InterfaceView {
  const { entities, kinds, syncDirections, deletes, changedSince, batch } = capabilitiesOf(connector);
  return {
    available: reason === null,
    unavailableReason: reason,
    capabilities: {
      entities: [...entities],
      kinds: Object.fromEntries(Object.entries(kinds).map(([kind, verbs]) => [kind, [...verbs]])),
      syncDirections: [...syncDirections],
      deletes,
      changedSince,
      batch,
      webhooks: false,
    },
    credentialFields: connector.credentialFields.map((field) => ({
      name: field.name,
      label: field.label,
      secret: field.secret,
      required: field.required,
      kind: field.kind,
      help: field.help,
      ...(connector.dialect !== undefined && { dialect: connector.dialect }),
    })),
    browserConnect: browserView(catalogue, connector),
    limits: limitsView(connector.limits),
    offByDefault: Object.fromEntries(
      ENTITY_KINDS.flatMap((kind) => {
        const reason = connector.kinds[kind]?.offUnlessAsked;
        return reason === undefined ? [] : [[kind, reason] as const];
      }),
    ),
    knownGaps: [...connector.knownGaps],
  };
}

function browserView(
  catalogue: ProviderCatalogue,
  { account: { browser } }: CrmConnector,
): InterfaceView['browserConnect'] {
  if (browser === undefined) return null;
  const unavailableReason = missingForBrowser(catalogue, browser);
  return { available: unavailableReason === null, unavailableReason, fields: [...browser.fields] };
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
