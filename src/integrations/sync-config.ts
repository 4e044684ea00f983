import type { ConnectorCapabilities } from '../connectors/connector.port.ts';
import type { SyncConfig } from '../domain/connection.ts';
import { failed, type Outcome, success } from './integration-failure.ts';

/** What a person may set, as it came in; absent members stay as they are. */
export interface SyncConfigInput {
  readonly syncContacts?: boolean;
  readonly syncProperties?: boolean;
  readonly syncDeals?: boolean;
  readonly syncDirection?: 'push' | 'pull' | 'bidirectional';
  readonly deletions?: SyncConfig['deletions'];
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
