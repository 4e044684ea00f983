import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { EntityBody } from '../../../src/domain/entity.ts';
import { contactBody, dealBody, propertyBody } from '../../support/builders.ts';
import { createCoreHarness, type CoreHarness } from '../../support/core-harness.ts';

const emails = (...entries: string[]): EntityBody => contactBody({ emails: entries });
const address = (text: string): EntityBody => propertyBody({ address: text });

describe('records whose keys are written in several ways', () => {
  let core: CoreHarness;
  beforeEach(async () => {
    core = await createCoreHarness();
  });
  afterEach(async () => {
    expect(core.errors).toEqual([]);
    await core.close();
  });

  it.each<[string, string[]]>([
    ['a zero-width blank behind it', ['a@example.com\u200b']],
    ['marks of direction round it', ['\u202aa@example.com\u202c']],
    ['a blank entry before it', ['', 'a@example.com']],
    ['blanks and marks before it', ['  ', '\u200b', 'a@example.com']],
    ['no e-mail before it', ['n/a', 'a@example.com']],
    ['a name', ['Mary Jones <a@example.com>']],
    ['a scheme', ['mailto:a@example.com']],
    ['a full stop', ['a@example.com.']],
    ['a semicolon', ['a@example.com;']],
    ['quotation marks', ['"a@example.com"']],
    ['capitals', ['A@EXAMPLE.COM']],
  ])('d1, d2, d7: are one contact of the CRM with %s', async (_what, entries) => {
    const there = core.crm.add(
      'contact',
      { firstName: 'Mary', lastName: '', email: 'a@example.com', phone: '' },
      0,
    );
    await core.clock.advance(10_000);
    await core.upsert('c1', emails(...entries));
    await core.converge();
    expect(core.crm.of('contact')).toHaveLength(1);
    expect(await core.link('contact', 'c1')).toMatchObject({ remote: { id: there, origin: 'adopted' } });
    expect(String(core.crm.of('contact')[0]?.fields['email']).toLowerCase()).toBe('a@example.com');
  });

  it.each([
    ['12 Mangere Road, Otahuhu', '12 Māngere Road, Ōtāhuhu'],
    ['Unit 5, 14 Ocean Street', 'U5/14 Ocean Street'],
    ['14 Ocean St Apt 5', 'Unit 5, 14 Ocean Street'],
    ['Kowhai Gdns', 'Kowhai Gardens'],
    ["3 O'Connell Road RD 2", '3 O’Connell Rd R.D.2'],
    ['12 High St, Sandgate QLD', '12 High Street, Sandgate, Queensland'],
  ])('d3, d4: are one property of the CRM: %s and %s', async (held, written) => {
    const there = core.crm.add('property', { address: held }, 0);
    await core.clock.advance(10_000);
    await core.upsert('p1', address(written));
    await core.converge();
    expect(core.crm.of('property')).toHaveLength(1);
    expect(await core.link('property', 'p1')).toMatchObject({ remote: { id: there, origin: 'adopted' } });
  });

  it.each([
    ['12½ High Street', '121/2 High Street'],
    ['12 High Street', '12½ High Street'],
    ['5-14 Ocean Street', '5/14 Ocean Street'],
    ['Level 5, 14 Ocean Street', '5/14 Ocean Street'],
  ])('d5: are two properties of the CRM: %s and %s', async (held, written) => {
    core.crm.add('property', { address: held, riskOverview: 'theirs' }, 0);
    await core.clock.advance(10_000);
    await core.upsert('p1', address(written));
    await core.upsert('p2', address(held));
    await core.converge();
    expect(core.crm.of('property').map(({ fields }) => fields['address'])).toEqual([held, written]);
  });

  it('are two contacts of the CRM where they share nothing but a placeholder', async () => {
    await core.upsert('c1', contactBody({ name: 'Ada', emails: ['noemail@agency.test'] }));
    await core.upsert('c2', contactBody({ name: 'Bob', emails: ['NoEmail@agency.test'] }));
    await core.converge();
    expect(core.crm.of('contact')).toHaveLength(2);
    expect(core.crm.calledSince(0, 'find')).toBe(0);
  });

  it('are one deal of the CRM, whichever way its stage is written', async () => {
    const property = core.crm.add('property', { address: '1 High Street' }, 0);
    const there = core.crm.add('deal', { propertyId: property, stage: 'Under Offer' }, 0);
    await core.clock.advance(10_000);
    await core.upsert('p1', address('1 High Street'));
    await core.converge();
    await core.upsert('d1', dealBody({ propertyId: 'p1', stage: 'under_offer\u200b' }));
    await core.converge();
    expect(core.crm.of('deal')).toHaveLength(1);
    expect(await core.link('deal', 'd1')).toMatchObject({ remote: { id: there } });
  });

  it('find what an unanswered create of an earlier version made, by what was sent', async () => {
    core.crm.fault = (verb) => (verb === 'create' ? 'lost' : 'none');
    await core.upsert('p1', address('5/14 Ocean Street'));
    await core.clock.advance(11_000);
    core.crm.fault = () => 'none';
    const link = await core.link('property', 'p1');
    const [hash] = link?.intent === null || link === null ? [] : ['70ac757d584b4162f0176b3b0593720c'];
    const row = core.store.database.prepare('SELECT intent FROM links WHERE id = ?').get(link?.id ?? '');
    const intent = { ...(JSON.parse(String(row?.['intent'])) as object), keyHash: hash };
    core.store.database
      .prepare('UPDATE links SET intent = ?, intent_key_hash = ? WHERE id = ?')
      .run(JSON.stringify(intent), hash ?? '', link?.id ?? '');
    await core.converge();
    expect(core.crm.of('property')).toHaveLength(1);
    expect(await core.link('property', 'p1')).toMatchObject({ intent: null, remote: { origin: 'created' } });
  });
});
