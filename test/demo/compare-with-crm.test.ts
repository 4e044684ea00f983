import { describe, expect, it } from '@jest/globals';
import { MAPPED_FIELDS } from '../../src/connectors/connector-page.ts';
import type { ConnectorKinds } from '../../src/connectors/connector.port.ts';
import { followUpBoss } from '../../src/connectors/follow-up-boss/follow-up-boss.ts';
import { followUpBossPage } from '../../src/connectors/follow-up-boss/page.ts';
import { salesforce } from '../../src/connectors/salesforce/salesforce.ts';
import { mriVault } from '../../src/connectors/mri-vault/mri-vault.ts';
import { compareWithCrm, type ComparisonInput } from '../../src/demo/compare-with-crm.ts';
import { createOfficeBook } from '../../src/demo/office-book.ts';
import type { Contact, RecordKey } from '../../src/domain/entity.ts';
import type { Json, JsonObject } from '../../src/domain/json.ts';

const PLAIN = {
  phones: ['0491 570 006'],
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
function equalWorld(kinds: ConnectorKinds = mriVault.kinds) {
  let at = 0;
  const book = createOfficeBook('u', 'o', () => ++at);
  book.write('first', contact('Ann  Lee', 'both@example.com'));
  book.write('second', contact('Bo van Lee', 'both@example.com'));
  book.write('left', contact('Cy Lee', 'cy@example.com'));
  book.write('bad', contact('Di Lee', 'none'));
  book.write('sole', contact('Ed Lee', 'ed@example.com'));
  const property = { address: '1 High Street', vendors: ['first', 'bad'], buyers: ['second'] };
  const milestone = { type: 'listed', date: 0, notes: null };
  book.write('house', {
    kind: 'property',
    property: { ...property, milestones: [milestone], riskOverview: null, attributes: {} },
  });
  const deal = {
    stage: 'listed',
    riskLevel: 'low',
    riskFlags: ['finance'],
    nextAction: 'Call',
    nextActionOwner: null,
  };
  book.write('sale', {
    kind: 'deal',
    deal: { propertyId: 'house', ...deal, summary: 'Sale', contacts: ['first'], attributes: {} },
  });
  book.remove('contact', 'left');
  const shared = { type: 'buyer', phone: '0491 570 006', notes: 'a\nb' };
  const held = new Map<string, JsonObject | null>([
    ['c1', { firstName: 'Bo', lastName: 'van Lee', ...shared, email: 'both@example.com' }],
    ['c2', { firstName: 'Ed', lastName: 'Lee', ...shared, email: 'ed@example.com' }],
    [
      'p1',
      {
        address: '1 High Street',
        vendors: ['c1'],
        buyers: ['c1'],
        riskOverview: null,
        milestones: [{ notes: null, date: '1970-01-01T00:00:00.000Z', type: 'listed' }],
      },
    ],
    ['d1', { propertyId: 'p1', ...deal, summary: 'Sale', contacts: ['c1'], createdAt: 'then' }],
  ]);
  const states = new Map<RecordKey, { remoteId: string | null; refused: boolean }>([
    ['contact/first', { remoteId: 'c1', refused: false }],
    ['contact/second', { remoteId: 'c1', refused: false }],
    ['contact/sole', { remoteId: 'c2', refused: false }],
    ['contact/left', { remoteId: null, refused: false }],
    ['contact/bad', { remoteId: null, refused: true }],
    ['property/house', { remoteId: 'p1', refused: false }],
    ['deal/sale', { remoteId: 'd1', refused: false }],
  ]);
  const input: ComparisonInput = {
    entries: book.entries(),
    kinds,
    page: null,
    states,
    held,
    facts: new Map(),
    refusable: new Set<RecordKey>(['contact/bad']),
    before: new Set(['c0']),
    orphans: 0,
  };
  return { input, held, states };
}

describe('comparing a CRM with Zena', () => {
  it('finds nothing where every record is as it should be, and counts every field that is carried', () => {
    const { kinds, fields, duplicates, differences } = compareWithCrm(equalWorld().input);
    expect({ kinds, duplicates, differences }).toEqual({
      kinds: [
        { kind: 'contact', inZena: 4, carried: true, inCrm: 3, equal: 3, refused: 1 },
        { kind: 'property', inZena: 1, carried: true, inCrm: 1, equal: 1, refused: 0 },
        { kind: 'deal', inZena: 1, carried: true, inCrm: 1, equal: 1, refused: 0 },
      ],
      duplicates: 0,
      differences: [],
    });
    expect(fields.map(({ field }) => field)).toEqual(MAPPED_FIELDS);
    expect(
      fields.filter(({ of, equal, notCarried }) => of === 0 || equal !== of || notCarried !== null),
    ).toEqual([]);
  });

  it('names the field that differs, whichever it is, and says whose field of the product that is', () => {
    const wrong = new Set<string>();
    for (const id of ['c2', 'p1', 'd1']) {
      const names = Object.keys(equalWorld().held.get(id) ?? {});
      for (const name of names.filter((each) => each !== 'createdAt')) {
        const { input, held } = equalWorld();
        held.set(id, { ...held.get(id), [name]: 'another' });
        const { differences, fields } = compareWithCrm(input);
        expect(differences.join()).toContain(`differs in ${name}`);
        for (const { field, of, equal } of fields) if (equal < of) wrong.add(field);
      }
    }
    expect([...wrong].sort()).toEqual([...MAPPED_FIELDS].sort());
  });

  it('takes nothing beside Zena’s in a record that it made, and people’s in one that was there', () => {
    const entry: [string, JsonObject] = ['p1', { vendors: ['c1', 'c9'], riskOverview: 'Theirs' }];
    const changed = () => {
      const world = equalWorld();
      world.held.set(entry[0], { ...world.held.get(entry[0]), ...entry[1] });
      return world.input;
    };
    expect(compareWithCrm(changed()).differences).toEqual([
      'property/house differs in vendors, riskOverview',
    ]);
    expect(compareWithCrm({ ...changed(), before: new Set(['p1']) }).differences).toEqual([]);
  });

  it('misses what is not in the CRM, or gone from it', () => {
    const { input, held, states } = equalWorld();
    states.delete('deal/sale');
    held.set('p1', null);
    expect(compareWithCrm(input).differences).toEqual(
      expect.arrayContaining(['property/house is not in the CRM', 'deal/sale is not in the CRM']),
    );
  });

  it('takes a refusal only for the record that must be refused', () => {
    const { input } = equalWorld();
    const { differences } = compareWithCrm({ ...input, refusable: new Set() });
    expect(differences).toEqual(['contact/bad is not in the CRM']);
  });

  it('counts a second record for one key, and one that nothing leads to', () => {
    const { input, held, states } = equalWorld();
    states.set('contact/first', { remoteId: 'c3', refused: false });
    held.set('c3', { ...held.get('c1'), firstName: 'Ann', lastName: 'Lee' });
    const { duplicates, differences } = compareWithCrm({ ...input, orphans: 1 });
    expect(duplicates).toBe(2);
    expect(differences.join()).toContain('2 CRM records too many');
  });

  it('says of a kind that a CRM hasn’t that it isn’t carried, and counts what others say in its words', () => {
    const { input, held } = equalWorld(followUpBoss.kinds);
    const pipelines: Json = [{ id: 1, name: 'Sales', stages: [{ id: 7, name: 'listed' }] }];
    const facts = new Map<string, Json>([
      ['owner', null],
      ['dealFields', []],
      ['pipelines', pipelines],
    ]);
    held.set('d1', {});
    const { kinds, fields } = compareWithCrm({ ...input, page: followUpBossPage, facts });
    expect(kinds[1]).toEqual({
      kind: 'property',
      inZena: 1,
      carried: false,
      inCrm: 0,
      equal: 0,
      refused: 0,
    });
    const count = (name: string) => fields.find(({ field }) => field === name);
    expect(count('property.address')).toMatchObject({ of: 1, notCarried: null });
    expect(count('property.vendors')).toMatchObject({
      of: 0,
      notCarried: 'Follow Up Boss has no properties; a deal has its own contacts',
    });
    expect(count('property.milestones')).toMatchObject({ of: 0 });
  });

  it('finds where a stage stands also in a CRM that has none of Zena’s stages', () => {
    const { input, held } = equalWorld(salesforce.kinds);
    const stage = (id: string, isOpen: boolean) => ({ id, name: id, isOpen, isOfDefault: true });
    const facts = new Map<string, Json>([
      ['stages', [stage('Prospecting', true), stage('Closed Won', false)]],
    ]);
    const stageCount = (StageName: string) => {
      held.set('d1', { StageName });
      return compareWithCrm({ ...input, facts }).fields.find(({ field }) => field === 'deal.stage');
    };
    expect(stageCount('Prospecting')).toMatchObject({ of: 1, equal: 1, notCarried: null });
    expect(stageCount('Closed Won')).toMatchObject({ of: 1, equal: 0, notCarried: null });
  });
});
