import type { CrmConnector } from '../connectors/connector.port.ts';
import { DEFAULT_SYNC_CONFIG, type SYNC_DIRECTIONS, type SyncConfig } from '../domain/connection.ts';
import { changeConnection, type ChangedIntegration, withDefinition } from './connection-access.ts';
import { failed, type Outcome, success } from './integration-failure.ts';
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
  /** All of them: what isn't among them has no entry any more. */
  readonly stages?: Readonly<Record<string, string>>;
}

/** What a connection is set to where nobody says anything: kinds that a connector sends only where it is asked to are off. */
export function firstSyncConfig({ kinds }: Pick<CrmConnector, 'kinds'>): SyncConfig {
  const isOn = (kind: 'contact' | 'property' | 'deal'): boolean => kinds[kind]?.offUnlessAsked === undefined;
  return {
    ...DEFAULT_SYNC_CONFIG,
    syncContacts: isOn('contact'),
    syncProperties: isOn('property'),
    syncDeals: isOn('deal'),
  };
}

/** Puts the input over a config. `UNACCEPTABLE` for a direction that the CRM's connector doesn't offer. */
export function mergeSyncConfig(
  base: SyncConfig,
  { syncDirection = 'push', ...input }: SyncConfigInput,
  directions: CrmConnector['syncDirections'],
  pointer: string,
): Outcome<SyncConfig> {
  if (syncDirection !== 'push' || !directions.includes(syncDirection)) {
    const detail = `This CRM can be synchronised in these directions: ${directions.join(', ')}.`;
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
  return changeConnection(ports, userId, provider, (connection) => {
    const { definition } = withDefinition(ports.catalogue, connection);
    const directions = definition?.syncDirections ?? ['push'];
    const merged = mergeSyncConfig(connection.syncConfig, input, directions, '');
    return merged.ok
      ? { kind: 'write', connection: { ...connection, syncConfig: merged.value } }
      : { kind: 'refuse', failure: merged.failure };
  });
}
