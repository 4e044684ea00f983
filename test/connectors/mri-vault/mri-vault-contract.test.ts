import { mriVault } from '../../../src/connectors/mri-vault/mri-vault.ts';
import { COLLECTIONS } from '../../../src/connectors/mri-vault/wire.ts';
import type { VaultCollection } from '../../../src/sandbox/mri-vault/vault-record.ts';
import {
  connectorContract,
  connectorSmoke,
  type ConnectorSubject,
} from '../../contract/connector/connector-contract.ts';
import { openListeningAccount, openSandboxAccount, type SandboxAccount } from '../sandbox-account.ts';

connectorContract('MRI Vault', () => subjectOf(openSandboxAccount(mriVault)));
connectorSmoke('MRI Vault', async () => subjectOf(await openListeningAccount(mriVault)));

function subjectOf({ sandbox, connect, now, close }: SandboxAccount): ConnectorSubject {
  return {
    definition: mriVault,
    connect,
    now,
    close,
    held: (kind) =>
      new Map(sandbox.records(COLLECTIONS[kind] as VaultCollection).map((record) => [record.id, record])),
    remove: (kind, id) => void sandbox.deleteRecord(COLLECTIONS[kind] as VaultCollection, id),
    strike: (fault) => void sandbox.misbehave({ times: 1, fault }),
    useNumericIds: () => sandbox.configure({ ids: 'number' }),
    sent: () =>
      sandbox.requests().map(({ method, path, query, body }) => ({
        method,
        path: `${path}?${new URLSearchParams(query).toString()}`,
        text: body === null ? '' : JSON.stringify(body),
      })),
  };
}
