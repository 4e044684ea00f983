import type { StartConfig } from '../config/config.ts';
import type { CrmConnector } from '../connectors/connector.port.ts';
import { createMriVault } from '../connectors/mri-vault/mri-vault.ts';
import { createPlaceholderCheck } from '../domain/canonical/placeholder-emails.ts';

/** Makes a connector from what the operator set for it. */
type ConnectorFactory = (config: StartConfig) => CrmConnector;

/** Every CRM that can be connected. Adding one is a folder in `connectors` and a line here. */
const FACTORIES: readonly ConnectorFactory[] = [
  ({ placeholderEmails }) => createMriVault(createPlaceholderCheck(placeholderEmails)),
];

/** The CRMs of this process; the others of `PROVIDERS` are announced only. */
export function createConnectors(config: StartConfig): readonly CrmConnector[] {
  return FACTORIES.map((create) => create(config));
}
