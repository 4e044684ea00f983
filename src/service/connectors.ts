import type { ConnectorDefinition } from '../connectors/connector.port.ts';
import { mriVault } from '../connectors/mri-vault/mri-vault.ts';

/** Every CRM that can be connected. Adding one is a folder beside `mri-vault` and a line here. */
export const availableConnectors: readonly ConnectorDefinition[] = [mriVault];

/** CRMs that are announced and not there yet. */
export const plannedProviders: readonly { readonly id: string; readonly name: string }[] = [
  { id: 'salesforce', name: 'Salesforce' },
  { id: 'top_producer', name: 'Top Producer' },
  { id: 'kvcore', name: 'kvCORE' },
  { id: 'follow_up_boss', name: 'Follow Up Boss' },
];
