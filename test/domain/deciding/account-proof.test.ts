import { describe, expect, it } from '@jest/globals';
import { mriVault } from '../../../src/connectors/mri-vault/mri-vault.ts';
import { isSameAccount, proofSample, sightOf } from '../../../src/domain/deciding/account-proof.ts';
import type { EntityKind } from '../../../src/domain/entity.ts';
import type { JsonObject } from '../../../src/domain/json.ts';
import { newLink, type Link } from '../../../src/domain/link.ts';
import type { CrmFields } from '../../../src/domain/remote-record.ts';
import { CONNECTION_ID, crmCopy, SCOPE, USER } from '../../support/builders.ts';

const ADA = {
  firstName: 'Ada',
  lastName: 'Lovelace',
  email: 'ada@example.test',
  phone: '',
  type: 'buyer',
  notes: 'One\nTwo',
};

function linked(held: JsonObject | null, over: Partial<Link> = {}, kind: EntityKind = 'contact'): Link {
  return {
    ...newLink(SCOPE, CONNECTION_ID, USER, `${kind}/e-1`),
    remote: { id: '7', version: null, origin: 'created' },
    copy: held === null ? null : crmCopy({ held }),
    ...over,
  };
}

const keysOf = (kind: EntityKind) => (fields: CrmFields) => mriVault.kinds[kind]?.keys(fields) ?? [];
const contactSight = (link: Link, read: CrmFields | null) => sightOf(link, read, keysOf('contact'));

describe('how a record reads', () => {
  it.each<[string, CrmFields]>([
    ['equal', ADA],
    ['with more than is mapped', { ...ADA, id: 7, score: 3 }],
    ['with texts trimmed and reflowed', { ...ADA, notes: ' One  Two\n' }],
    ['without its empty fields', { ...ADA, phone: null }],
  ])('is as it was seen: %s', (_, read) => {
    expect(contactSight(linked(ADA), read)).toBe('as_seen');
  });

  it('is another’s where what identifies it differs', () => {
    expect(contactSight(linked(ADA), { ...ADA, firstName: 'Bo', email: 'bo@example.test' })).toBe('another');
  });

  it.each<[string, Link, CrmFields | null]>([
    ['it is not shown', linked(ADA), null],
    ['people changed it', linked(ADA), { ...ADA, lastName: 'King' }],
    ['it has nothing to be recognised by', linked({ ...ADA, email: '' }), { ...ADA, firstName: 'Bo' }],
    ['it has no key any more', linked(ADA), { ...ADA, email: '' }],
    ['nothing is known of it', linked(null), ADA],
  ])('says nothing for sure where %s', (_, link, read) => {
    expect(contactSight(link, read)).toBe('unclear');
  });

  it('says nothing of the account where a deal moved on to another stage', () => {
    const deal = { propertyId: '3', stage: 'offer', summary: 'x' };
    const sight = (read: CrmFields) => sightOf(linked(deal, {}, 'deal'), read, keysOf('deal'));
    expect([sight(deal), sight({ ...deal, stage: 'sold' })]).toEqual(['as_seen', 'unclear']);
    expect(sight({ ...deal, propertyId: 3 })).toBe('as_seen');
  });

  it('goes by what was acknowledged, or by the key, where older programs left no more', () => {
    const shadow = { fields: ADA, hash: 'h', version: 1, revision: 1, mapping: 'm' };
    expect(contactSight(linked(null, { shadow }), ADA)).toBe('as_seen');
    const keyHash = keysOf('contact')(ADA)[0]?.hash ?? null;
    expect(contactSight(linked(null, { keyHash }), { ...ADA, lastName: 'King' })).toBe('as_seen');
  });
});

describe('whether that is the same account', () => {
  it.each([
    [[], false],
    [['unclear', 'unclear'], false],
    [['as_seen', 'unclear'], true],
    [['as_seen', 'another'], false],
    [['another'], false],
  ] as const)('%j: %s', (sights, same) => {
    expect(isSameAccount(sights)).toBe(same);
  });
});

describe('the sample', () => {
  it('takes five that something can be told by, none that is being written to before others', () => {
    const claim = { token: 't', epoch: 1, until: 2_000 };
    const links = [linked(ADA, { claim }), linked(null), ...Array.from({ length: 5 }, () => linked(ADA))];
    expect(proofSample(links, 1_000)).toEqual(links.slice(2));
    expect(proofSample(links.slice(0, 3), 1_000)).toEqual([links[2], links[0]]);
    expect(proofSample(links, 2_000)).toHaveLength(5);
    expect(proofSample(links, 2_000)[0]).toBe(links[0]);
  });
});
