import { capabilitiesOf, type ConnectorCapabilities } from '../connectors/capabilities.ts';
import type { SYNC_DIRECTIONS, SyncConfig } from '../domain/connection.ts';
import { changeConnection, type ChangedIntegration, findDefinition } from './connection-access.ts';
import { failed, NOT_FOUND, type Outcome, success } from './integration-failure.ts';
import type { IntegrationPorts } from './integration.port.ts';

type ConfigPorts = Pick<IntegrationPorts, 'store' | 'catalogue' | 'reconciler'>;

/** What a person may set, as it came in; absent members stay as they are. */
export interface SyncConfigInput {
  readonly syncContacts?: boolean;
  readonly syncProperties?: boolean;
  readonly syncDeals?: boolean;
  readonly syncDirection?: (typeof SYNC_DIRECTIONS)[number];
  readonly deletions?: SyncConfig['deletions'];
  readonly timeZone?: string;
}

/** Puts the input over a config. `UNACCEPTABLE` for a direction that the CRM's connector doesn't offer. */
export function mergeSyncConfig(
  base: SyncConfig,
  { syncDirection = 'push', ...input }: SyncConfigInput,
  capabilities: ConnectorCapabilities,
  pointer: string,
): Outcome<SyncConfig> {
  if (syncDirection !== 'push' || !capabilities.syncDirections.includes(syncDirection)) {
    const detail = `This CRM can be synchronised in these directions: ${capabilities.syncDirections.join(', ')}.`;
    const fault = { pointer: `${pointer}/syncDirection`, code: 'NOT_SUPPORTED', detail };
    return failed({ code: 'UNACCEPTABLE', faults: [fault] });
  }
  return success({ ...base, ...input, syncDirection });
}

/** Changes the sync config. What a newly enabled kind missed comes with the next full sync. */
export async function configure(
  ports: ConfigPorts,
  userId: string,
  provider: string,
  input: SyncConfigInput,
): Promise<Outcome<ChangedIntegration>> {
  const definition = findDefinition(ports.catalogue, provider);
  if (definition === null) return NOT_FOUND;
  return changeConnection(ports, userId, provider, (connection) => {
    const merged = mergeSyncConfig(connection.syncConfig, input, capabilitiesOf(definition), '');
    return merged.ok
      ? { kind: 'write', connection: { ...connection, syncConfig: merged.value } }
      : { kind: 'refuse', failure: merged.failure };
  });
}
