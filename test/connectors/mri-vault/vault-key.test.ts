import { describe, expect, it } from '@jest/globals';
import { vaultMapping } from '../../../src/connectors/mri-vault/mapping.ts';
import { createMriVault, mriVault } from '../../../src/connectors/mri-vault/mri-vault.ts';
import {
  searchesFor,
  vaultKeyComparer,
  vaultNaturalKey,
} from '../../../src/connectors/mri-vault/vault-key.ts';
import { createPlaceholderCheck } from '../../../src/domain/canonical/placeholder-emails.ts';
import type { EntityBody, EntityKind } from '../../../src/domain/entity.ts';
import type { JsonObject } from '../../../src/domain/json.ts';
import type { CrmFields } from '../../../src/domain/remote-record.ts';
import { draftOf } from '../../../src/domain/mapping.ts';
import { contactBody, dealBody, propertyBody } from '../../support/builders.ts';

const keyOf = (kind: EntityKind, fields: JsonObject) => vaultNaturalKey(kind, fields);
const email = (text: string) => keyOf('contact', { email: text });
const address = (text: string) => keyOf('property', { address: text });
const deal = (stage: string) => keyOf('deal', { propertyId: 'crm-1', stage });

/** As mapping `vault-1` made them: of the content that was sent, and of the key. */
const OF_OLD_STORES: readonly (readonly [EntityBody, hash: string, keyHash: string])[] = [
  [
    contactBody({ relationshipNotes: ['Likes light', 'Called 3 May'] }),
    'ca010848a84227b905bf7e35a5dac382',
    'e17af87dbdfd1ea8764406cec7e10e3f',
  ],
  [
    contactBody({
      name: 'Sinéad O’Connor',
      emails: ['Sinead@Example.TEST', 'b@x.test'],
      phones: ['021 555 123'],
      role: 'vendor',
    }),
    'c72f1881528a845a30f113d603a19f97',
    'e19f4959007edce45f168b98673a2a93',
  ],
  [
    propertyBody({ address: '1 Harbour Street, Wellington', vendors: ['a'] }),
    'c9a2983d4faa78f07169d6d2de877e7f',
    'a0e6a5cbae2fc8b3b28759b54dbef335',
  ],
  [
    propertyBody({ address: '12 Kowhai Gardens, Sandgate QLD 4017', riskOverview: 'x' }),
    '19e73ce60b84cc56c7b7fb22a1afcdec',
    '0d04ff105e5cb2522eb41b04a492df4f',
  ],
  [
    propertyBody({ address: '5/14 Ocean Street' }),
    'f886115a3bf520f2c51fd4251c057356',
    '70ac757d584b4162f0176b3b0593720c',
  ],
  [
    dealBody({ propertyId: 'p', stage: 'Under Offer', summary: 's', contacts: ['a'] }),
    'e633ce4ec247fde0c3f011d9b8265b90',
    'c5c43cc2cb093bf0606527252ec7b5f1',
  ],
  [
    dealBody({ propertyId: 'p', stage: 'under_offer' }),
    '93948ea030669b74059ea4a2421af6ef',
    '26060bcd13d99ae30bac0f716ee57952',
  ],
];

describe('what a store of mapping vault-1 holds', () => {
  it.each(OF_OLD_STORES)('is known again: %j', (body, hash, keyHash) => {
    const draft = draftOf(body, vaultMapping(body.kind), { resolve: () => 'crm-1', timeZone: 'UTC' });
    expect(draft.hash).toBe(hash);
    const [key] = draft.keys;
    expect([key?.hash, ...(key?.formerHashes ?? [])]).toContain(keyHash);
  });

  it('has the same hashes for plain e-mails, addresses and stages', () => {
    for (const key of [email('Ada@example.test'), address('12 High Street, Sandgate'), deal('Under Offer')])
      expect(key).toMatchObject({ formerHashes: [] });
  });

  it('is no proof where it was also the hash of another place', () => {
    const unit = address('121/2 High Street');
    const half = address('12½ High Street');
    expect(unit?.formerHashes).toHaveLength(1);
    expect(half?.formerHashes).toEqual([]);
    expect(unit?.hash).not.toBe(half?.hash);
  });
});

describe('a placeholder', () => {
  it('is sent and is no key', () => {
    const draft = draftOf(contactBody({ emails: ['noemail@agency.test'] }), vaultMapping('contact'), {
      resolve: () => null,
      timeZone: 'UTC',
    });
    expect(draft.fields).toMatchObject({ email: 'noemail@agency.test' });
    expect(draft.keys).toEqual([]);
    expect(draft.remarks).toEqual([]);
  });

  it('is what the operator says, too', () => {
    const { contact } = createMriVault(createPlaceholderCheck(['office@agency.test'])).kinds;
    expect(contact?.keys({ email: 'Office@Agency.test' })).toEqual([]);
    expect(contact?.keys({ email: 'none@agency.test' })).toEqual([]);
    expect(contact?.keys({ email: 'ada@agency.test' })).toHaveLength(1);
    expect(mriVault.kinds.contact?.keys({ email: 'office@agency.test' })).toHaveLength(1);
  });
});

/** Addresses as Zena has them, and how they are asked for where that finds nothing. */
const SEARCHED: Readonly<Record<string, string | null>> = {
  '12 Risk Rd': '12 Risk Road',
  '12 Risk Rd.': '12 Risk Road',
  '12 Risk Road': '12 Risk Rd',
  '12 high st': '12 High Street',
  '12 HIGH ST, SANDGATE QLD 4017': '12 High Street, Sandgate QLD 4017',
  '12A high st': '12A high street',
  '12 Māngere Road, Ōtāhuhu': '12 Mangere Road, Otahuhu',
  '12 Māngere Rd, Ōtāhuhu': '12 Mangere Road, Otahuhu',
  '12 St Kilda Rd': '12 St Kilda Road',
  '12 Beach Rd St Kilda': '12 Beach Road St Kilda',
  '12 Mt St John Ave, Epsom': '12 Mt St John Avenue, Epsom',
  '3 Kowhai Gdns': '3 Kowhai Gardens',
  '3 City Centre': null,
  'Unit 5, 14 Ocean St': '5/14 Ocean Street',
  'U5/14 Ocean Street': '5/14 Ocean Street',
  '5/14 Ocean Street': '5/14 Ocean St',
  '14 Ocean Ave N Apt 5': '14 Ocean Avenue N Apt 5',
  'The Old Mill': null,
  '東京都千代田区1-1': null,
};

describe('a key of the vault', () => {
  const sameVaultKey = (kind: EntityKind, one: CrmFields, other: CrmFields) =>
    vaultKeyComparer(kind, one)(other);

  it('is compared by value, whatever its hash was made of', () => {
    expect(sameVaultKey('contact', { email: 'A <none@X.test>' }, { email: 'none@x.test' })).toBe(true);
    expect(sameVaultKey('property', { address: '12½ High St' }, { address: '121/2 High St' })).toBe(false);
    expect(sameVaultKey('deal', { propertyId: 7, stage: 'Offer' }, { propertyId: '7', stage: 'offer' })).toBe(
      true,
    );
    expect(sameVaultKey('deal', { propertyId: 7, stage: 'Offer' }, { propertyId: 8, stage: 'offer' })).toBe(
      false,
    );
  });

  it.each<[EntityKind, Record<string, string>, unknown[]]>([
    ['contact', { email: 'ada@example.test' }, [{ email: 'ada@example.test' }]],
    [
      'contact',
      { email: ' Ada@example.test' },
      [{ email: 'Ada@example.test' }, { email: 'ada@example.test' }],
    ],
    ['contact', { email: 'E2@Example.com' }, [{ email: 'E2@Example.com' }, { email: 'e2@example.com' }]],
    [
      'contact',
      { email: 'Ada@bücher.example' },
      [{ email: 'Ada@bücher.example' }, { email: 'ada@bücher.example' }],
    ],
    [
      'contact',
      { email: 'ada@bücher.example' },
      [{ email: 'ada@bücher.example' }, { email: 'ada@xn--bcher-kva.example' }],
    ],
    [
      'contact',
      { email: 'a@xn--bcher-kva.example' },
      [{ email: 'a@xn--bcher-kva.example' }, { email: 'a@bücher.example' }],
    ],
    ['contact', { email: 'Mary <a@x.test>' }, [{ email: 'Mary <a@x.test>' }, { email: 'a@x.test' }]],
    ...Object.entries(SEARCHED).map(([address, other]): [EntityKind, Record<string, string>, unknown[]] => [
      'property',
      { address },
      other === null ? [{ address }] : [{ address }, { address: other }],
    ]),
    [
      'deal',
      { propertyId: '7', stage: 'Under Offer' },
      [
        { propertyId: '7', stage: 'Under Offer' },
        { propertyId: '7', stage: 'under offer' },
      ],
    ],
  ])('of a %s, %j, is asked for in at most two ways', (kind, value, asked) => {
    expect(searchesFor(kind, value)).toEqual(asked);
  });
});
