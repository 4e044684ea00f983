import { describe, expect, it } from '@jest/globals';
import { compareWithCrm, type ComparisonInput, type CrmRecord } from '../../src/demo/compare-with-crm.ts';
import { createOfficeBook } from '../../src/demo/office-book.ts';
import type { Contact, EntityKind, RecordKey } from '../../src/domain/entity.ts';

const PLAIN = {
  phones: ['1'],
  role: 'buyer',
  relationshipNotes: ['a', 'b'],
  doNotContact: null,
  attributes: {},
};
const contact = (name: string, ...emails: string[]): { kind: 'contact'; contact: Contact } => ({
  kind: 'contact',
  contact: { name, emails, ...PLAIN },
});

/** Two contacts that share a mailbox, a house, its deal, one who left and one who is refused; all as it should be. */
function equalWorld() {
  let at = 0;
  const book = createOfficeBook('u', 'o', () => ++at);
  book.write('first', contact('Ann  Lee', 'both@example.com'));
  book.write('second', contact('Bo van Lee', 'both@example.com'));
  book.write('left', contact('Cy Lee', 'cy@example.com'));
  book.write('bad', contact('Di Lee', 'none'));
  const property = { address: '1 High Street', vendors: ['first', 'bad'], buyers: ['second'] };
  const milestone = { type: 'listed', date: 0, notes: null };
  book.write('house', {
    kind: 'property',
    property: { ...property, milestones: [milestone], riskOverview: null, attributes: {} },
  });
  const deal = {
    stage: 'listed',
    riskLevel: 'low',
    riskFlags: [],
    nextAction: 'Call',
    nextActionOwner: null,
  };
  book.write('sale', {
    kind: 'deal',
    deal: { propertyId: 'house', ...deal, summary: 'Sale', contacts: ['first'], attributes: {} },
  });
  book.remove('contact', 'left');
  const shared = { type: 'buyer', phone: '1', notes: 'a\nb', email: 'both@example.com' };
  const crm: Record<EntityKind, CrmRecord[]> = {
    contact: [
      { id: 'c1', firstName: 'Bo', lastName: 'van Lee', ...shared },
      { id: 'c0', email: 'old@example.com' },
    ],
    property: [
      {
        id: 'p1',
        address: '1 High Street',
        vendors: ['c1'],
        buyers: ['c1'],
        riskOverview: null,
        milestones: [{ notes: null, date: '1970-01-01T00:00:00.000Z', type: 'listed' }],
      },
    ],
    deal: [{ id: 'd1', propertyId: 'p1', ...deal, summary: 'Sale', contacts: ['c1'], createdAt: 'then' }],
  };
  const states = new Map<RecordKey, { remoteId: string | null; refused: boolean }>([
    ['contact/first', { remoteId: 'c1', refused: false }],
    ['contact/second', { remoteId: 'c1', refused: false }],
    ['contact/left', { remoteId: null, refused: false }],
    ['contact/bad', { remoteId: null, refused: true }],
    ['property/house', { remoteId: 'p1', refused: false }],
    ['deal/sale', { remoteId: 'd1', refused: false }],
  ]);
  const refusable = new Set<RecordKey>(['contact/bad']);
  const input: ComparisonInput = { entries: book.entries(), states, crm, refusable, before: new Set(['c0']) };
  return { input, crm, states };
}

describe('comparing the CRM with Zena', () => {
  it('finds nothing where every record is as it should be', () => {
    expect(compareWithCrm(equalWorld().input)).toEqual({
      kinds: [
        { kind: 'contact', inZena: 3, inCrm: 2, equal: 2, refused: 1 },
        { kind: 'property', inZena: 1, inCrm: 1, equal: 1, refused: 0 },
        { kind: 'deal', inZena: 1, inCrm: 1, equal: 1, refused: 0 },
      ],
      duplicates: 0,
      differences: [],
    });
  });

  it('names the field that differs, whichever it is', () => {
    for (const kind of ['contact', 'property', 'deal'] as const) {
      const fields = Object.keys(equalWorld().crm[kind][0] ?? {});
      for (const field of fields.filter((name) => name !== 'id' && name !== 'createdAt')) {
        const { input, crm } = equalWorld();
        const [first, ...others] = crm[kind];
        crm[kind] = [{ ...first, id: first?.id ?? '', [field]: 'another' }, ...others];
        const { differences } = compareWithCrm({ ...input, crm });
        expect(differences.join()).toContain(`differs in ${field}`);
      }
    }
  });

  it('misses what is not in the CRM, or gone from it', () => {
    const { input, crm, states } = equalWorld();
    states.delete('deal/sale');
    crm.property = [];
    const { differences } = compareWithCrm(input);
    expect(differences).toEqual(
      expect.arrayContaining(['property/house is not in the CRM', 'deal/sale is not in the CRM']),
    );
  });

  it('takes a refusal only for the record that must be refused', () => {
    const { input } = equalWorld();
    const { differences } = compareWithCrm({ ...input, refusable: new Set() });
    expect(differences).toEqual(['contact/bad is not in the CRM']);
  });

  it('counts a second record for one key, and one that nothing leads to', () => {
    const { input, crm } = equalWorld();
    crm.property.push({ id: 'p2', address: '1 HIGH ST' });
    crm.contact.push({ id: 'c9', email: '' });
    const { duplicates, differences } = compareWithCrm(input);
    expect(duplicates).toBeGreaterThanOrEqual(2);
    expect(differences.join()).toContain('CRM records too many');
  });

  it('sees who was deleted and is there still', () => {
    const { input, crm } = equalWorld();
    crm.contact.push({ id: 'c2', email: 'CY@example.com' });
    expect(compareWithCrm(input).differences).toContain('contact/left is deleted and still in the CRM');
  });
});
