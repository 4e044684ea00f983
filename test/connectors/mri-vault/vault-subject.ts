import { mriVault } from '../../../src/connectors/mri-vault/mri-vault.ts';
import { mriVaultPage } from '../../../src/connectors/mri-vault/page.ts';
import { COLLECTIONS } from '../../../src/connectors/mri-vault/wire.ts';
import type { EntityKind } from '../../../src/domain/entity.ts';
import { createVaultSandbox } from '../../../src/sandbox/mri-vault/vault-sandbox.ts';
import type { VaultCollection } from '../../../src/sandbox/mri-vault/vault-record.ts';
import type { KitCrm, KitSubject, PeopleAct } from '../../contract/connector/kit/kit-subject.ts';
import { kitSamples } from '../../contract/connector/kit/kit-samples.ts';

const collectionOf = (kind: EntityKind) => COLLECTIONS[kind] as VaultCollection;

/** What people can change in a local vault. */
interface VaultKitCrm extends KitCrm {
  edit(kind: EntityKind, id: string, fields: Record<string, string | string[]>): void;
}

const entered = (kind: EntityKind, field: string, value: string): PeopleAct => ({
  name: `what people entered as ${field}`,
  act: (id, crm) => (crm as VaultKitCrm).edit(kind, id, { [field]: value }),
  stands: (id, crm) => String(crm.records(kind).find((one) => one.id === id)?.[field]).includes(value),
});

const added = (kind: EntityKind, field: string, value: string): PeopleAct => ({
  name: `what people added to ${field}`,
  act(id, crm) {
    const held = crm.records(kind).find((one) => one.id === id)?.[field];
    const list = Array.isArray(held) ? held.map(String) : [];
    (crm as VaultKitCrm).edit(kind, id, { [field]: [...list, value] });
  },
  stands: (id, crm) =>
    JSON.stringify(crm.records(kind).find((one) => one.id === id)?.[field]).includes(value),
});

const { contact, property, deal } = kitSamples();

/** MRI Vault and everything that the kit needs of it. */
export const vaultSubject: KitSubject = {
  name: 'MRI Vault',
  definition: mriVault,
  page: mriVaultPage,
  samples: {
    contact: { ...contact, people: [entered('contact', 'notes', 'Likes tea.')] },
    property: {
      ...property,
      people: [entered('property', 'shed', 'green')],
      lists: [added('property', 'vendors', 'their-vendor'), added('property', 'buyers', 'their-buyer')],
    },
    deal: {
      ...deal,
      people: [entered('deal', 'agent', 'Mary')],
      lists: [added('deal', 'riskFlags', 'their flag'), added('deal', 'contacts', 'their-contact')],
    },
  },
  open({ clock, secret, searchLagMs, unique }): VaultKitCrm {
    const sandbox = createVaultSandbox({
      clock,
      apiKeys: [secret],
      searchLagMs,
      putMode: 'merge',
      uniqueKeys: unique ? 'all' : 'none',
    });
    return {
      fetch: sandbox.fetch,
      credentials: { apiKey: secret, instanceUrl: sandbox.url },
      records: (kind) => sandbox.records(collectionOf(kind)),
      seed: (kind, fields) => sandbox.seed(collectionOf(kind), [fields]).length === 1,
      remove: (kind, id) => void sandbox.deleteRecord(collectionOf(kind), id),
      merge: (kind, keepId, goneId) => void sandbox.mergeRecords(collectionOf(kind), keepId, goneId),
      edit: (kind, id, fields) => void sandbox.editRecord(collectionOf(kind), id, fields),
      revoke: () => sandbox.revokeKey(secret),
    };
  },
};
