import { capabilitiesOf } from '../connectors/connector.port.ts';
import { type ChangedIntegration, changeConnection } from './connection-access.ts';
import type { IntegrationPorts } from './integration-ports.ts';
import { findDefinition } from './connection-access.ts';
import { NOT_FOUND, type Outcome } from './integration-failure.ts';
import { mergeSyncConfig, type SyncConfigInput } from './sync-config.ts';

/** Changes the sync config. What a newly enabled kind missed comes with the next full sync. */
export async function configure(
  ports: IntegrationPorts,
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
