import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { cleanEmail, isEmail } from '../../../src/domain/canonical/email-address.ts';
import { visibleText } from '../../../src/domain/canonical/invisible-marks.ts';
import { cleanName } from '../../../src/domain/canonical/person-name.ts';
import { cleanPhone, isPhone } from '../../../src/domain/canonical/phone-number.ts';
import { vaultDraft } from '../../support/vault-draft.ts';
import { vaultFields } from '../../../src/connectors/mri-vault/mapping.ts';
import { vaultNaturalKey } from '../../../src/connectors/mri-vault/vault-key.ts';
import type { EntityBody } from '../../../src/domain/entity.ts';
import type { JsonObject } from '../../../src/domain/json.ts';
import type { ResolveReference } from '../../../src/domain/mapping.ts';
import { contactBody, dealBody, propertyBody } from '../../support/builders.ts';

const nobody: ResolveReference = () => null;
const fieldsOf = (body: EntityBody, resolve = nobody): JsonObject => vaultFields(body, resolve);

const FIELDS = {
  contact: ['firstName', 'lastName', 'email', 'phone', 'type', 'notes'],
  property: ['address', 'vendors', 'buyers', 'milestones', 'riskOverview'],
  deal: [
    'propertyId',
    'stage',
    'riskLevel',
    'riskFlags',
    'nextAction',
    'nextActionOwner',
    'summary',
    'contacts',
  ],
};

const text = fc.string({ unit: 'grapheme', maxLength: 20 });
const texts = fc.array(text, { maxLength: 3 });
const maybeText = fc.option(text, { nil: null });
const zenaIds = fc.array(
  fc.integer({ min: 0, max: 9 }).map((n) => `zena-${n}`),
  { maxLength: 5 },
);
const names = fc.oneof(
  text,
  fc.constantFrom(
    '',
    '  ',
    'Prince',
    ' Ada  Lovelace ',
    'Nguyễn Văn An',
    '王 小明',
    'Ada\tvan der\nBerg',
    'مريم علي',
  ),
);
const contacts = fc
  .record({ name: names, emails: texts, phones: texts, role: text, relationshipNotes: texts })
  .map((over) => contactBody(over));
const properties = fc
  .record({
    address: text,
    vendors: zenaIds,
    buyers: zenaIds,
    riskOverview: maybeText,
    milestones: fc.array(
      fc.record({ type: text, date: fc.integer({ min: -1e12, max: 4e12 }), notes: maybeText }),
      {
        maxLength: 3,
      },
    ),
  })
  .map((over) => propertyBody(over));
const deals = fc
  .record({
    propertyId: fc.option(fc.constant('zena-p'), { nil: null }),
    stage: text,
    riskLevel: text,
    riskFlags: texts,
    contacts: zenaIds,
    nextAction: maybeText,
    nextActionOwner: maybeText,
    summary: maybeText,
  })
  .map((over) => dealBody(over));
const bodies = fc.oneof(contacts, properties, deals);

describe('the fields of MRI Vault', () => {
  it('are all there, whatever the record holds, and nothing else is', () => {
    fc.assert(
      fc.property(bodies, (body) => {
        const fields = fieldsOf(body);
        expect(Object.keys(fields).sort()).toEqual([...FIELDS[body.kind]].sort());
        expect(Object.values(fields)).not.toContain(undefined);
      }),
    );
  });

  it('keep the whole name: the first word and the rest, joined again, are the name', () => {
    fc.assert(
      fc.property(names, (name) => {
        const { firstName, lastName } = fieldsOf(contactBody({ name }));
        expect(`${String(firstName)} ${String(lastName)}`.trim()).toBe(cleanName(name));
        expect(String(firstName)).not.toMatch(/\s/u);
      }),
    );
    expect(fieldsOf(contactBody({ name: 'Prince' }))).toMatchObject({ firstName: 'Prince', lastName: '' });
    expect(fieldsOf(contactBody({ name: ' ' }))).toMatchObject({ firstName: '', lastName: '' });
    expect(fieldsOf(contactBody({ name: 'Ada van der Berg' }))).toMatchObject({ lastName: 'van der Berg' });
  });

  it('keep what else a contact has: the first e-mail and phone, the role, every note', () => {
    fc.assert(
      fc.property(contacts, (body) => {
        if (body.kind !== 'contact') return;
        const { emails, phones, role, relationshipNotes } = body.contact;
        expect(fieldsOf(body)).toMatchObject({
          email: cleanEmail(emails.find(isEmail) ?? ''),
          phone: cleanPhone(phones.find(isPhone) ?? ''),
          type: role,
          notes: relationshipNotes
            .map(visibleText)
            .filter((note) => note.trim() !== '')
            .join('\n'),
        });
      }),
    );
  });

  it('have the first entry that is not blank, without what is wrapped round it', () => {
    const contact = contactBody({
      emails: ['', ' \u200b', 'Mary Jones <a@example.com>', 'b@example.com'],
      phones: ['  ', '\u202a021 555 123\u202c', '021 555 124'],
      name: '\u202aMary\u200b  Jones\u202c',
      relationshipNotes: ['Likes\u200b light', '', ' \u200b', 'Two\nlines 👨\u200d👩\u200d👧'],
    });
    expect(fieldsOf(contact)).toMatchObject({
      email: 'a@example.com',
      phone: '021 555 123',
      firstName: 'Mary',
      lastName: 'Jones',
      notes: 'Likes light\nTwo\nlines 👨\u200d👩\u200d👧',
    });
    expect(fieldsOf(propertyBody({ address: ' U5/14 Ocean\u200b Street\ufeff' }))).toMatchObject({
      address: 'U5/14 Ocean Street',
    });
    expect(fieldsOf(dealBody({ stage: 'off\u200ber' }))).toMatchObject({ stage: 'offer' });
  });

  it('leave out an entry that is none, and say so', () => {
    const draft = vaultDraft(
      contactBody({ emails: ['', 'n/a', 'a@example.com', 'none'], phones: ['ask wife'] }),
    );
    expect(draft.fields).toMatchObject({ email: 'a@example.com', phone: '' });
    expect(draft.remarks).toEqual([
      { field: 'email', code: 'no_email', detail: 'Left out: "n/a" is no e-mail.' },
      { field: 'phone', code: 'no_phone', detail: 'Left out: "ask wife" is no phone number.' },
    ]);
    const long = vaultDraft(contactBody({ emails: Array.from({ length: 50 }, () => 'x'.repeat(9_000)) }));
    expect(JSON.stringify(long.remarks).length).toBeLessThan(1_000);
    expect(vaultDraft(contactBody({})).remarks).toEqual([]);
    expect(vaultDraft(propertyBody({})).remarks).toEqual([]);
  });

  it('keep every milestone at its moment', () => {
    fc.assert(
      fc.property(properties, (body) => {
        if (body.kind !== 'property') return;
        const milestones = fieldsOf(body)['milestones'] as {
          type: string;
          date: string;
          notes: string | null;
        }[];
        expect(milestones.map((one) => ({ ...one, date: Date.parse(one.date) }))).toEqual(
          body.property.milestones,
        );
      }),
    );
  });

  it('keep what else a deal has', () => {
    fc.assert(
      fc.property(deals, (body) => {
        if (body.kind !== 'deal') return;
        const { stage, riskLevel, riskFlags, nextAction, nextActionOwner, summary } = body.deal;
        expect(fieldsOf(body)).toMatchObject({
          stage: visibleText(stage),
          riskLevel,
          riskFlags,
          nextAction,
          nextActionOwner,
          summary,
        });
      }),
    );
  });

  it('hold the CRM’s ids and never one of Zena’s, each once, in the order of mention', () => {
    const known = fc.uniqueArray(fc.integer({ min: 0, max: 9 }));
    fc.assert(
      fc.property(properties, deals, known, fc.boolean(), (property, deal, numbers, shared) => {
        const resolve: ResolveReference = (key) => {
          const number = Number(/\d+$/.exec(key)?.[0] ?? -1);
          if (key.startsWith('property/')) return 'crm-p';
          return numbers.includes(number) ? `crm-${shared ? number % 2 : number}` : null;
        };
        for (const body of [property, deal]) {
          const fields = fieldsOf(body, resolve);
          const lists = [fields['vendors'], fields['buyers'], fields['contacts']].filter(Array.isArray);
          for (const list of lists) expect(new Set(list).size).toBe(list.length);
          const references = JSON.stringify([lists, fields['propertyId'] ?? null]);
          expect(references).not.toContain('zena-');
        }
      }),
    );
    const body = propertyBody({ vendors: ['2', '1', 'x', '2'], buyers: [] });
    const resolve: ResolveReference = (key) => (key === 'contact/x' ? null : `crm-${key.slice(-1)}`);
    expect(fieldsOf(body, resolve)).toMatchObject({ vendors: ['crm-2', 'crm-1'], buyers: [] });
  });

  it('are an empty list or null where a reference leads nowhere', () => {
    expect(fieldsOf(propertyBody({ vendors: ['x'] }))).toMatchObject({ vendors: [], buyers: [] });
    expect(fieldsOf(dealBody({ propertyId: 'x', contacts: ['y'] }))).toMatchObject({
      propertyId: null,
      contacts: [],
    });
  });

  it('and their hash depend on nothing but the body and its references', () => {
    fc.assert(
      fc.property(bodies, (body) => {
        const copy = structuredClone(body);
        expect(vaultDraft(copy, nobody)).toEqual(vaultDraft(body, nobody));
      }),
    );
  });
});

describe('what a record is recognised by', () => {
  const hashOf = (kind: 'contact' | 'property' | 'deal', fields: JsonObject) =>
    vaultNaturalKey(kind, fields)?.hash ?? null;

  it('is what the fields that are sent say, so that a hit of a search is recognised by the same', () => {
    fc.assert(
      fc.property(bodies, (body) => {
        const { fields, keys } = vaultDraft(body, () => 'crm-1');
        const held = JSON.parse(JSON.stringify({ ...fields, id: 5, createdAt: 'x' })) as JsonObject;
        expect(hashOf(body.kind, held)).toBe(keys[0]?.hash ?? null);
      }),
    );
  });

  it('is nothing for a contact without e-mail, a property without address, a deal without property or stage', () => {
    expect(hashOf('contact', { email: ' ' })).toBeNull();
    expect(hashOf('contact', { email: 'n/a' })).toBeNull();
    expect(hashOf('contact', {})).toBeNull();
    expect(hashOf('property', { address: ' , ' })).toBeNull();
    expect(hashOf('deal', { propertyId: null, stage: 'offer' })).toBeNull();
    expect(hashOf('deal', { propertyId: '7', stage: ' ' })).toBeNull();
  });

  it('is the e-mail, the address, or property and stage, however they are written', () => {
    expect(hashOf('contact', { email: 'ADA@X.test ' })).toBe(hashOf('contact', { email: 'ada@x.test' }));
    expect(hashOf('property', { address: 'Unit 5, 12 High Street' })).toBe(
      hashOf('property', { address: '5/12 High St' }),
    );
    expect(hashOf('deal', { propertyId: 7, stage: 'Under  offer' })).toBe(
      hashOf('deal', { propertyId: '7', stage: 'under Offer' }),
    );
    expect(hashOf('deal', { propertyId: '7', stage: 'offer' })).not.toBe(
      hashOf('deal', { propertyId: '7', stage: 'sold' }),
    );
  });
});
