import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { contactBody, propertyBody } from '../../support/builders.ts';
import { createCoreHarness, type CoreHarness } from '../../support/core-harness.ts';

const ada = (over = {}) => contactBody({ name: 'Ada Lovelace', emails: ['ada@example.test'], ...over });
const THEIRS = {
  firstName: 'Countess',
  lastName: 'Lovelace',
  email: 'ada@example.test',
  phone: '021 123 456',
  type: 'vendor',
  notes: 'ten years\n\nof notes',
  birthday: '1815-12-10',
};

describe('a CRM record that is adopted', () => {
  let core: CoreHarness;
  beforeEach(async () => {
    core = await createCoreHarness();
  });
  afterEach(async () => {
    expect(core.errors).toEqual([]);
    await core.close();
  });

  async function adopted(): Promise<string> {
    const id = core.crm.add('contact', THEIRS, 0);
    await core.clock.advance(10_000);
    return id;
  }

  it.each([
    { merges: true, whole: true },
    { merges: true, whole: false },
    { merges: false, whole: true },
    { merges: false, whole: false },
  ])(
    's3: keeps what Zena says nothing of (PUT merges $merges, hits whole $whole)',
    async ({ merges, whole }) => {
      core.crm.merges = merges;
      if (!whole) core.crm.hits = ({ email }) => ({ email: email ?? null });
      await adopted();
      await core.upsert('c1', ada({ phones: [], relationshipNotes: [] }));
      await core.converge();
      expect(core.crm.of('contact')).toHaveLength(1);
      expect(core.crm.of('contact')[0]?.fields).toMatchObject({
        firstName: 'Ada',
        phone: '021 123 456',
        notes: 'ten years\n\nof notes',
        type: 'buyer',
      });
      expect(core.crm.calls.map(({ verb }) => verb)).toEqual(
        whole ? ['find', 'update'] : ['find', 'read', 'update'],
      );
    },
  );

  it.each([true, false])(
    'has in its timeline, once, what the CRM dropped of it because it isn’t written here (PUT merges: %s)',
    async (merges) => {
      core.crm.merges = merges;
      core.crm.echoes = true;
      await adopted();
      for (const phone of ['09 1', '09 2']) {
        await core.upsert('c1', ada({ phones: [phone] }));
        await core.converge();
      }
      const link = await core.link('contact', 'c1');
      const { items } = await core.store.timeline.ofLink(link?.id as never, null, 100);
      const told = items.filter(({ replaced }) => replaced?.['birthday'] !== undefined);
      if (merges) expect(told).toEqual([]);
      else {
        expect(told).toMatchObject([
          { code: 'updated', changed: ['birthday'], replaced: { birthday: THEIRS.birthday } },
        ]);
        expect(link?.copy?.before).toMatchObject({ birthday: THEIRS.birthday, phone: THEIRS.phone });
      }
    },
  );

  it('s3: has what was replaced in its timeline, and what stood there before us in what is known of it', async () => {
    await adopted();
    await core.upsert('c1', ada({ phones: ['09 1'] }));
    await core.converge();
    const replaced = { firstName: 'Countess', phone: '021 123 456', type: 'vendor' };
    expect(await timeline('c1')).toContainEqual(expect.objectContaining({ code: 'updated', replaced }));
    expect((await core.link('contact', 'c1'))?.copy?.before).toEqual(replaced);
    await core.upsert('c1', ada({ phones: ['09 2'] }));
    await core.converge();
    expect((await core.link('contact', 'c1'))?.copy?.before).toEqual(replaced);
  });

  it('s3: has what was replaced in its timeline though nobody heard that the write was taken', async () => {
    await adopted();
    core.crm.fault = (verb) => (verb === 'update' ? 'lost' : 'none');
    await core.upsert('c1', ada({ phones: ['09 1'] }));
    await core.clock.advance(11_000);
    core.crm.fault = () => 'none';
    await core.converge();
    const replaced = { firstName: 'Countess', phone: '021 123 456', type: 'vendor' };
    expect(core.crm.of('contact')[0]?.fields).toMatchObject({ phone: '09 1', notes: THEIRS.notes });
    expect((await core.link('contact', 'c1'))?.copy?.before).toEqual(replaced);
    expect(await timeline('c1')).toContainEqual(expect.objectContaining({ replaced }));
  });

  it('s3: is emptied of what Zena sent, and of nothing else, when Zena empties it later', async () => {
    await adopted();
    await core.upsert('c1', ada({ phones: [], relationshipNotes: ['likes the sea'] }));
    await core.converge();
    expect(core.crm.of('contact')[0]?.fields['notes']).toBe('ten years\n\nof notes\nlikes the sea');
    await core.upsert('c1', ada({ phones: ['09 1'], relationshipNotes: [] }));
    await core.converge();
    expect(core.crm.of('contact')[0]?.fields).toMatchObject({ phone: '09 1', notes: THEIRS.notes });
    await core.upsert('c1', ada({ phones: [], role: 'vendor' }));
    await core.converge();
    expect(core.crm.of('contact')[0]?.fields).toMatchObject({ phone: '', notes: THEIRS.notes });
  });

  it('costs no write where it says all of it already', async () => {
    await adopted();
    await core.upsert('c1', ada({ name: 'Countess Lovelace', phones: ['021 123 456'], role: 'vendor' }));
    await core.converge();
    expect(core.crm.calls.map(({ verb }) => verb)).toEqual(['find']);
  });

  it('c3: is one that a create conflicts with, though the index is late by 3 s', async () => {
    await core.clock.advance(10_000);
    const id = core.crm.add('contact', THEIRS, core.clock.now() + 1_000);
    core.crm.answers = ({ verb }) =>
      verb === 'create'
        ? { kind: 'rejected', code: 'CONFLICT', detail: 'already exists', status: 409, fields: [] }
        : null;
    await core.upsert('c1', ada());
    await core.converge();
    expect(core.crm.of('contact')).toHaveLength(1);
    expect(await core.link('contact', 'c1')).toMatchObject({ dead: null, remote: { id, origin: 'adopted' } });
    expect(core.crm.of('contact')[0]?.fields).toMatchObject({ firstName: 'Ada', notes: THEIRS.notes });
    expect(core.topic).toEqual([]);
  });

  it('c3: is given up on where a create conflicts with what no search ever shows', async () => {
    core.crm.answers = ({ verb }) =>
      verb === 'create'
        ? { kind: 'rejected', code: 'CONFLICT', detail: 'already exists', status: 409, fields: [] }
        : null;
    await core.upsert('c1', ada());
    await core.converge();
    expect((await core.link('contact', 'c1'))?.dead).toMatchObject({ code: 'CONFLICT' });
    expect(core.crm.calledSince(0, 'create')).toBeLessThanOrEqual(8);
  });

  async function timeline(entityId: string) {
    const link = await core.link('contact', entityId);
    return (await core.store.timeline.ofLink(link?.id ?? ('conn/contact/x' as never), null, 100)).items;
  }
});

describe('a property of the CRM that is adopted while contacts are not synced', () => {
  it('s3b: keeps its vendors and milestones', async () => {
    const core = await createCoreHarness({ syncConfig: { syncContacts: false } });
    const theirs = { address: '1 High Street', vendors: ['crm-77'], milestones: [{ type: 'signed' }] };
    core.crm.add('property', theirs, 0);
    await core.clock.advance(10_000);
    await core.upsert('p1', propertyBody({ address: '1 High Street', riskOverview: 'low' }));
    await core.converge();
    expect(core.crm.of('property').map(({ fields }) => fields)).toMatchObject([
      { ...theirs, riskOverview: 'low' },
    ]);
    await core.close();
  });

  it('s3b: gets the vendors that the CRM has beside its own, and no contact is written', async () => {
    const core = await createCoreHarness({ syncConfig: { syncContacts: false } });
    const known = core.crm.add('contact', THEIRS, 0);
    core.crm.add('property', { address: '1 High Street', vendors: ['crm-77'] }, 0);
    await core.clock.advance(10_000);
    await core.upsert('c1', ada());
    await core.upsert('c2', contactBody({ emails: ['nobody@example.test'] }));
    await core.upsert('p1', propertyBody({ address: '1 High Street', vendors: ['c1', 'c2'] }));
    await core.converge();
    expect(core.crm.of('property')[0]?.fields['vendors']).toEqual(['crm-77', known]);
    expect(core.crm.of('contact').map(({ fields }) => fields)).toEqual([THEIRS]);
    await core.upsert('p1', propertyBody({ address: '1 High Street', vendors: [] }));
    await core.converge();
    expect(core.crm.of('property')[0]?.fields['vendors']).toEqual(['crm-77']);
    await core.close();
  });
});
