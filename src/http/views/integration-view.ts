import Type, { type Static } from 'typebox';
import { CONNECTION_STATUSES, HEALTH_FIXERS, HEALTH_STATES } from '../../domain/connection.ts';
import type { ConnectorLimits } from '../../connectors/connector.port.ts';
import type { IntegrationSummary } from '../../integrations/integration-summary.ts';
import { Count, nullable, Seconds, Timestamp, timestamp, timestampOrNull } from './scalars.ts';
import { SyncConfigSchema, syncConfigView } from './sync-config-schema.ts';

const HealthSchema = Type.Object({
  state: Type.Enum([...HEALTH_STATES]),
  since: Timestamp,
  reason: nullable(Type.String()),
  whoCanFix: Type.Enum([...HEALTH_FIXERS]),
});

const BudgetSchema = Type.Object({
  requestsPerSecond: Type.Number(),
  maxConcurrent: Type.Integer(),
  requestsPerDay: nullable(Type.Integer()),
  today: nullable(
    Type.Object(
      {
        used: Count,
        left: Count,
        keptForLive: Count,
        forecast: nullable(Count),
        resetsAt: Timestamp,
      },
      {
        description:
          'What of the day’s calls is used, of all that share them; what of the rest is kept for changes that people just make; and how many it will be at the end of the day as it goes.',
      },
    ),
  ),
});

export const IntegrationSchema = Type.Object({
  connectionId: Type.String(),
  provider: Type.String(),
  dialect: nullable(
    Type.String({ description: 'Which of the provider’s interfaces speaks for it, as `dialects` names it.' }),
  ),
  accountName: nullable(Type.String({ description: 'As the CRM calls the account, where it tells.' })),
  status: Type.Enum([...CONNECTION_STATUSES]),
  health: HealthSchema,
  syncConfig: SyncConfigSchema,
  connectedAt: Timestamp,
  lastSyncAt: nullable(Timestamp),
  instanceUrl: Type.String(),
  counts: Type.Object({ linked: Count, due: Count, waiting: Count, failed: Count }),
  lagSeconds: Seconds,
  budget: nullable(BudgetSchema),
});

export const IntegrationListSchema = Type.Object({ integrations: Type.Array(IntegrationSchema) });

export type IntegrationView = Static<typeof IntegrationSchema>;

/** Names every field: what isn't named here can't be answered. */
export function integrationView(summary: IntegrationSummary): IntegrationView {
  const { connection, definition, counts, lagSeconds, today } = summary;
  const { health } = connection;
  return {
    connectionId: connection.connectionId,
    provider: connection.provider,
    dialect: connection.dialect ?? null,
    accountName: connection.accountName ?? null,
    status: connection.status,
    health: {
      state: health.state,
      since: timestamp(health.since),
      reason: health.reason,
      whoCanFix: health.whoCanFix,
    },
    syncConfig: syncConfigView(connection.syncConfig),
    connectedAt: timestamp(connection.connectedAt),
    lastSyncAt: timestampOrNull(connection.lastSyncAt),
    instanceUrl: connection.instanceUrl,
    counts: { linked: counts.linked, due: counts.due, waiting: counts.waiting, failed: counts.failed },
    lagSeconds,
    budget: definition === null ? null : budgetView(definition.limits, today),
  };
}

function budgetView(
  { requestsPerSecond, maxConcurrent, requestsPerDay }: ConnectorLimits,
  today: IntegrationSummary['today'],
) {
  return {
    requestsPerSecond,
    maxConcurrent,
    requestsPerDay,
    today: today === null ? null : { ...today, resetsAt: timestamp(today.resetsAt) },
  };
}
