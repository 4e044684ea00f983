import type { VaultSandbox } from '../sandbox/mri-vault/vault-sandbox.ts';

/** What stood in the CRM before anybody connected it: three people and two houses of Zena's, and one who is not Zena's. */
export function seedCrm(sandbox: Pick<VaultSandbox, 'seed'>): readonly string[] {
  const contacts = sandbox.seed('contacts', [
    person('Sophie', 'Marchetti', 'sophie.marchetti@example.com', '2021-03-04T01:00:00Z'),
    person('Angus', 'Blackwood', 'ANGUS.BLACKWOOD@EXAMPLE.COM', '2022-08-19T04:30:00Z'),
    person('Marama', 'Rewi-Smith', 'marama.rewi@example.org', '2023-01-11T22:15:00Z'),
    person('Gordon', 'Long-Ago', 'gordon@example.net', '2017-05-02T03:00:00Z'),
  ]);
  const properties = sandbox.seed('properties', [
    { ...HOUSE, address: '14 Rata St Ponsonby Auckland 1011', createdAt: '2020-10-01T00:00:00Z' },
    { ...HOUSE, address: '5 12 WHARF RD BALMAIN NSW 2041', createdAt: '2024-02-14T00:00:00Z' },
  ]);
  return [...contacts, ...properties].map(({ id }) => id);
}

const HOUSE = { vendors: [], buyers: [], milestones: [], riskOverview: null };

function person(firstName: string, lastName: string, email: string, createdAt: string) {
  return {
    firstName,
    lastName,
    email,
    phone: '',
    type: 'other',
    notes: 'From the old card index',
    createdAt,
  };
}
