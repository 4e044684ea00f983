import type { CrmConnector } from '../../../src/connectors/connector.port.ts';
import { mriVault } from '../../../src/connectors/mri-vault/mri-vault.ts';
import type { CredentialVault } from '../../../src/credentials/credential-vault.ts';
import type { Credentials, SecretFingerprints } from '../../../src/integrations/integration.port.ts';

/** MRI Vault with a smaller limit and a shorter deadline, so that both are met often and virtual time is short. */
export const simVault: CrmConnector = {
  ...mriVault,
  limits: { ...mriVault.limits, requestsPerSecond: 10, maxConcurrent: 4, callDeadlineMs: 4_000 },
  // Every connect has a key of its own here, so that a judge can tell whose call it is; the host names the account all the same. How one
  // that nobody names is proven is tested apart.
  account: {
    ...mriVault.account,
    isNamed: true,
    budgetKey: (credentials) => budgetOf(credentials['apiKey'] ?? ''),
  },
};

/** Parts of the budgets: few, so that workers share them as often as they part them. */
export const SHARDS = 5;

/** An API key names its budget, its user, and which connect made it: so that a judge at the CRM knows whose call it is. */
export function apiKeyOf(budget: string, user: string, connect: number): string {
  return `${budget}.${user}.${connect}`;
}

export function userOf(apiKey: string): string {
  return apiKey.split('.')[1] ?? '';
}

export function budgetOf(apiKey: string): string {
  return apiKey.split('.')[0] ?? '';
}

/** Hides nothing either. */
export const openFingerprints: SecretFingerprints = {
  of: (secret) => secret,
  isIn: () => false,
  isOfAnotherKey: () => false,
};

/** Seals nothing: the simulation keeps no secrets. */
export const openVault: Credentials & Pick<CredentialVault, 'open'> = {
  seal: (_context, credentials) =>
    Promise.resolve({
      ok: true,
      sealed: { v: 1, keyId: '-', nonce: '-', tag: '-', data: JSON.stringify(credentials) },
    }),
  open: (_context, sealed) =>
    Promise.resolve({
      ok: true,
      credentials: JSON.parse((sealed as { data: string }).data) as Record<string, string>,
    }),
};
