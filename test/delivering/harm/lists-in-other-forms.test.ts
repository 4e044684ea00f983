import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { EntityKind, Milestone } from '../../../src/domain/entity.ts';
import type { Json, JsonObject } from '../../../src/domain/json.ts';
import type { CrmFields } from '../../../src/domain/remote-record.ts';
import { contactBody, dealBody, propertyBody } from '../../support/builders.ts';
import { createCoreHarness, type CoreHarness } from '../../support/core-harness.ts';

const ADDRESS = '12 High Street';

/** A CRM that makes something else of each entry that it is sent; what stands there in its own form already stays. */
const keeping =
  (field: string, form: (entry: string) => Json) =>
  (fields: CrmFields): CrmFields => {
    const list = fields[field];
    if (!Array.isArray(list)) return fields;
    return {
      ...fields,
      [field]: list.map((entry: Json) => (typeof entry === 'string' ? form(entry) : entry)),
    };
  };

describe('lists that a CRM shows in its own form', () => {
  let core: CoreHarness;
  beforeEach(async () => {
    core = await createCoreHarness();
  });
  afterEach(async () => {
    expect(core.errors).toEqual([]);
    await core.close();
  });

  const shown = (kind: EntityKind, field: string): Json => core.crm.of(kind)[0]?.fields[field] ?? null;
  const edit = async (kind: EntityKind, fields: JsonObject): Promise<void> => {
    await core.clock.advance(120_000);
    core.crm.edit(core.crm.of(kind)[0]?.id ?? '', fields);
  };
  const deal = async (riskFlags: string[], summary: string): Promise<void> => {
    await core.clock.advance(70_000);
    await core.upsert('d1', dealBody({ propertyId: 'p1', stage: 'offer', riskFlags, summary }));
    await core.converge();
  };
  const house = async (body: Parameters<typeof propertyBody>[0]): Promise<void> => {
    await core.clock.advance(70_000);
    await core.upsert('p1', propertyBody({ address: ADDRESS, ...body }));
    await core.converge();
  };
  const codes = async (kind: EntityKind, id: string): Promise<readonly string[]> =>
    await core.codes(kind, id);

  const CODES = ['finance', 'building', 'pest'];
  const FORMS: readonly (readonly [string, (flag: string) => Json, boolean])[] = [
    ['objects with a label', (flag) => ({ id: CODES.indexOf(flag) + 1, label: flag }), true],
    ['tags', (flag) => (flag.startsWith('#') ? flag : `#${flag}`), true],
    ['capitals', (flag) => flag.toUpperCase(), true],
    ['objects within objects', (flag) => ({ flag: { name: flag, colour: 'red' } }), true],
    ['codes', (flag) => (CODES.includes(flag) ? `F-${CODES.indexOf(flag)}` : flag), false],
  ];

  it.each(FORMS.flatMap((form) => [true, false].map((lists) => [...form, lists] as const)))(
    '%s: flags stand once, however often they are synced',
    async (_, form, saysWhatItIs, lists) => {
      core.crm.lists = lists;
      core.crm.keeps = keeping('riskFlags', form);
      await house({});
      for (let n = 0; n < 4; n += 1) {
        await deal(['finance', 'building'], `s${n}`);
        expect(shown('deal', 'riskFlags')).toEqual(['finance', 'building'].map(form));
      }
      if (saysWhatItIs) expect(await codes('deal', 'd1')).not.toContain('changed_in_crm');
      await edit('deal', { riskFlags: [form('own'), ...(shown('deal', 'riskFlags') as Json[])] });
      await deal(['building'], 'e');
      const left = [form('own'), ...(saysWhatItIs ? ['building'] : ['finance', 'building']).map(form)];
      expect(shown('deal', 'riskFlags')).toEqual(left);
      await deal(['building'], 'f');
      expect(shown('deal', 'riskFlags')).toEqual(left);
    },
  );

  const DATED: readonly (readonly [string, (milestone: JsonObject) => Json])[] = [
    ['adds a member', (milestone) => ({ ...milestone, status: 'open' })],
    ['keeps figures', (milestone) => ({ ...milestone, date: Date.parse(String(milestone['date'])) })],
    ['keeps seconds', (milestone) => ({ ...milestone, date: Date.parse(String(milestone['date'])) / 1_000 })],
    [
      'names its members otherwise',
      ({ type, date, notes }) => ({ kind: type as Json, on: date as Json, text: notes as Json }),
    ],
  ];

  it.each(DATED)('milestones whose CRM %s stand once, and go where Zena takes them out', async (_, form) => {
    const asKept = (item: Json): Json => {
      const object = item as JsonObject;
      return 'notes' in object && !('status' in object) && typeof object['date'] === 'string'
        ? form(object)
        : item;
    };
    core.crm.keeps = (fields) => {
      const list = fields['milestones'];
      return Array.isArray(list) ? { ...fields, milestones: list.map(asKept) } : fields;
    };
    const milestones: Milestone[] = [1, 8].map((day) => ({
      type: 'open home',
      date: Date.UTC(2026, 4, day),
      notes: null,
    }));
    for (const riskOverview of ['a', 'b', 'c']) {
      await house({ milestones, riskOverview });
      expect(shown('property', 'milestones')).toHaveLength(2);
    }
    await house({ milestones: milestones.slice(1), riskOverview: 'd' });
    expect(shown('property', 'milestones')).toHaveLength(1);
  });

  const REFERENCES: readonly (readonly [string, (id: string) => Json])[] = [
    ['contactId', (id) => ({ contactId: id, name: 'n' })],
    ['contact_id', (id) => ({ id: `row-${id}`, contact_id: id })],
    ['ContactId', (id) => ({ ContactId: id })],
    ['contact.id', (id) => ({ contact: { id, name: 'n' }, role: 'vendor' })],
  ];

  it.each(REFERENCES)('references that are shown as %s stand once', async (_, form) => {
    core.crm.keeps = keeping('vendors', form);
    for (const name of ['v', 'w']) await core.upsert(name, contactBody({ emails: [`${name}@example.test`] }));
    await core.converge();
    for (const riskOverview of ['a', 'b', 'c']) {
      await house({ vendors: ['v', 'w'], riskOverview });
      expect(shown('property', 'vendors')).toHaveLength(2);
    }
    await house({ vendors: ['w'], riskOverview: 'd' });
    expect(shown('property', 'vendors')).toHaveLength(1);
  });

  it('references in which no id can be found aren’t added a second time', async () => {
    core.crm.keeps = keeping('vendors', (id) => ({ name: `who ${id} is` }));
    await core.upsert('v', contactBody({ emails: ['v@example.test'] }));
    await core.converge();
    for (const riskOverview of ['a', 'b', 'c']) {
      await house({ vendors: ['v'], riskOverview });
      expect(shown('property', 'vendors')).toHaveLength(1);
    }
  });

  it.each<Json>(['c_900,c_901', 'c_900', { id: 'c_3' }, 900, { name: 'by hand' }, true])(
    'what stands for references and is no list (%j) is left as it is where Zena says nothing',
    async (vendors) => {
      core.crm.add('property', { address: ADDRESS, vendors }, 0);
      await core.clock.advance(10_000);
      await house({ riskOverview: 'r' });
      expect(shown('property', 'vendors')).toEqual(vendors);
    },
  );

  it.each<[Json, (id: string) => Json, Json]>([
    ['c_900, c_901', (id) => `c_900, c_901, ${id}`, 'c_900, c_901'],
    ['c_900', (id) => `c_900,${id}`, 'c_900'],
    [{ id: 'c_3' }, (id) => [{ id: 'c_3' }, id], [{ id: 'c_3' }]],
  ])('where Zena has some, hers stand beside %j', async (vendors, both, left) => {
    core.crm.add('property', { address: ADDRESS, vendors }, 0);
    await core.upsert('v', contactBody({ emails: ['v@example.test'] }));
    await core.clock.advance(10_000);
    const id = core.crm.of('contact')[0]?.id ?? '';
    for (const riskOverview of ['a', 'b']) {
      await house({ vendors: ['v'], riskOverview });
      expect(shown('property', 'vendors')).toEqual(both(id));
    }
    await house({ vendors: [] });
    expect(shown('property', 'vendors')).toEqual(left);
  });

  it.each<Json>([{ name: 'by hand' }, { items: [{ id: 7 }] }, true])(
    'where %j can’t be read as references, what Zena’s replace is told',
    async (vendors) => {
      core.crm.add('property', { address: ADDRESS, vendors }, 0);
      await core.upsert('v', contactBody({ emails: ['v@example.test'] }));
      await core.clock.advance(10_000);
      await house({ vendors: ['v'] });
      expect(shown('property', 'vendors')).toEqual([core.crm.of('contact')[0]?.id]);
      const link = await core.link('property', 'p1');
      const { items } = await core.store.timeline.ofLink(link?.id as never, null, 100);
      expect(items).toContainEqual(expect.objectContaining({ replaced: { vendors } }));
    },
  );

  it('flags that stand there as a text stay, and Zena’s stand among them', async () => {
    await house({});
    const propertyId = core.crm.of('property')[0]?.id ?? '';
    core.crm.add('deal', { propertyId, stage: 'offer', riskFlags: 'finance, people flag' }, 0);
    await deal([], 'a');
    expect(shown('deal', 'riskFlags')).toBe('finance, people flag');
    for (const summary of ['b', 'c']) {
      await deal(['finance', 'pest, of some kind'], summary);
      expect(shown('deal', 'riskFlags')).toBe('finance, people flag, pest, of some kind');
    }
    await deal([], 'd');
    expect(shown('deal', 'riskFlags')).toBe('finance, people flag');
  });

  it('people’s own milestone stays, though it is called as one of Zena’s that they removed', async () => {
    const zena = [1, 8].map((day) => ({ type: 'Open home', date: Date.UTC(2026, 4, day), notes: null }));
    await house({ milestones: zena });
    const [first, second] = shown('property', 'milestones') as Json[];
    const own = { type: 'Open home', date: '2026-05-15T00:00:00.000Z', notes: 'people own' };
    await edit('property', { milestones: [second as Json, own] });
    for (const riskOverview of ['a', 'b']) {
      await house({ milestones: zena, riskOverview });
      expect(shown('property', 'milestones')).toEqual([second, own, first]);
    }
  });
});
