import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { CrmFields } from '../../../src/domain/remote-record.ts';
import { contactBody, propertyBody } from '../../support/builders.ts';
import { createCoreHarness, type CoreHarness } from '../../support/core-harness.ts';

const ada = (over = {}) => contactBody({ name: 'Ada Lovelace', emails: ['ada@example.test'], ...over });

describe('people who write into a linked CRM record', () => {
  let core: CoreHarness;
  let id: string;
  beforeEach(async () => {
    core = await createCoreHarness();
    await core.upsert('c1', ada({ phones: [] }));
    await core.converge();
    id = core.crm.of('contact')[0]?.id ?? '';
  });
  afterEach(async () => {
    expect(core.errors).toEqual([]);
    await core.close();
  });

  const since = async (act: () => Promise<unknown>): Promise<string[]> => {
    const before = core.crm.calls.length;
    await act();
    await core.converge();
    return core.crm.calls.slice(before).map(({ verb }) => verb);
  };
  const shown = () => core.crm.records.get(id)?.fields ?? {};

  it('cost one read of the record, after a look at all of its kind, and lose nothing', async () => {
    await core.clock.advance(120_000);
    core.crm.edit(id, { phone: '021 theirs', notes: 'by hand' });
    expect(await since(() => core.upsert('c1', ada({ phones: [], role: 'vendor' })))).toEqual([
      'list',
      'read',
      'update',
    ]);
    expect(shown()).toMatchObject({ phone: '021 theirs', notes: 'by hand', type: 'vendor' });
    expect(await since(() => core.upsert('c1', ada({ phones: [], role: 'market' })))).toEqual(['update']);
    expect(shown()).toMatchObject({ phone: '021 theirs', notes: 'by hand', type: 'market' });
  });

  it('have what they changed in the timeline, and again what was replaced of it', async () => {
    await core.clock.advance(120_000);
    core.crm.edit(id, { type: 'friend', phone: '021 theirs' });
    await core.upsert('c1', ada({ phones: ['09 1'] }));
    await core.converge();
    const link = await core.link('contact', 'c1');
    const { items } = await core.store.timeline.ofLink(link?.id as never, null, 100);
    const theirs = { type: 'friend', phone: '021 theirs' };
    expect(items).toContainEqual(expect.objectContaining({ code: 'changed_in_crm', replaced: theirs }));
    expect(items).toContainEqual(expect.objectContaining({ code: 'updated', replaced: theirs }));
  });

  it('between a look and the write within the minute are noticed by the next look', async () => {
    await core.clock.advance(120_000);
    await core.upsert('c1', ada({ phones: [], role: 'vendor' }));
    await core.converge();
    core.crm.edit(id, { notes: 'within the minute' });
    await core.clock.advance(70_000);
    expect(await since(() => core.upsert('c1', ada({ phones: [], role: 'market' })))).toEqual([
      'list',
      'read',
      'update',
    ]);
    expect(shown()['notes']).toBe('within the minute');
  });

  it('within the minute lose a mapped field that Zena says, which stands in the timeline', async () => {
    await core.clock.advance(120_000);
    await core.upsert('c1', ada({ phones: [], role: 'vendor' }));
    await core.converge();
    core.crm.edit(id, { birthday: '1815-12-10' });
    core.crm.merges = true;
    await core.upsert('c1', ada({ phones: [], role: 'market' }));
    await core.converge();
    expect(shown()).toMatchObject({ birthday: '1815-12-10', type: 'market' });
  });

  it('are not there: an update costs one call within the minute, one look more before the first and after it', async () => {
    expect(await since(() => core.upsert('c1', ada({ role: 'vendor' })))).toEqual(['list', 'update']);
    expect(await since(() => core.upsert('c1', ada({ role: 'buyer' })))).toEqual(['update']);
    await core.clock.advance(120_000);
    expect(await since(() => core.upsert('c1', ada({ role: 'market' })))).toEqual(['list', 'update']);
    expect(await since(() => core.upsert('c1', ada({ role: 'agent' })))).toEqual(['update']);
  });

  it('are looked for once a kind, however many records wait, and not where nothing is written', async () => {
    for (let n = 0; n < 20; n += 1)
      await core.upsert(`x${n}`, contactBody({ emails: [`x${n}@example.test`] }));
    await core.upsert('p1', propertyBody());
    await core.converge();
    await core.clock.advance(600_000);
    expect(
      await since(async () => {
        for (let n = 0; n < 20; n += 1)
          await core.upsert(`x${n}`, contactBody({ emails: [`x${n}@example.test`], role: 'agent' }));
      }),
    ).toEqual(['list', ...Array.from({ length: 20 }, () => 'update')]);
    await core.clock.advance(600_000);
    expect(await since(() => core.connection().then((connection) => core.runs.start(connection)))).toEqual(
      [],
    );
    expect(
      await since(() => core.upsert('x1', contactBody({ emails: ['x1@example.test'], role: 'agent' }))),
    ).toEqual([]);
  });

  it('before the first update, just after we made the record, are noticed', async () => {
    core.crm.edit(id, { phone: '021 theirs', notes: 'by hand' });
    expect(await since(() => core.upsert('c1', ada({ phones: [], role: 'vendor' })))).toEqual([
      'list',
      'read',
      'update',
    ]);
    expect(shown()).toMatchObject({ phone: '021 theirs', notes: 'by hand', type: 'vendor' });
  });

  it.each([
    ['no notes', ({ notes: _, ...shown }: CrmFields) => shown],
    ['nothing but ids', () => ({})],
  ])('of a CRM that shows %s in its list lose nothing', async (_, hits) => {
    core.crm.hits = hits;
    for (const updatedAt of [false, true]) {
      core.crm.tells = { date: false, updatedAt };
      await core.clock.advance(120_000);
      await core.upsert('c1', ada({ phones: [], role: 'agent' }));
      await core.converge();
      const line = `by hand ${String(updatedAt)}`;
      core.crm.edit(id, { notes: [shown()['notes'], line].filter(Boolean).join('\n') });
      await core.clock.advance(120_000);
      await core.upsert('c1', ada({ phones: [], role: 'vendor' }));
      await core.converge();
      expect(shown()).toMatchObject({ type: 'vendor', notes: expect.stringContaining(line) });
    }
  });

  it('of a CRM that shows ids and times alone cost nothing where nobody wrote but we', async () => {
    core.crm.hits = () => ({});
    core.crm.tells = { date: false, updatedAt: true };
    await since(() => core.upsert('c1', ada({ phones: [], role: 'agent' })));
    for (const role of ['vendor', 'market']) {
      await core.clock.advance(120_000);
      expect(await since(() => core.upsert('c1', ada({ phones: [], role })))).toEqual(['list', 'update']);
    }
  });

  it.each([
    [5, { date: true, updatedAt: true }],
    [5, { date: true, updatedAt: false }],
    [5, { date: false, updatedAt: true }],
    [90, { date: true, updatedAt: true }],
    [90, { date: false, updatedAt: true }],
    [-5, { date: true, updatedAt: true }],
    [-90, { date: false, updatedAt: true }],
    [-90, { date: true, updatedAt: false }],
  ])('of a CRM whose clock is %d minutes behind, and told so by %j, lose nothing', async (minutes, tells) => {
    core.crm.behindMs = minutes * 60_000;
    core.crm.tells = tells;
    await since(() => core.upsert('c1', ada({ phones: [], role: 'agent' })));
    for (const round of ['one', 'two', 'three']) {
      await core.clock.advance(180_000);
      core.crm.edit(id, { notes: [shown()['notes'], round].filter(Boolean).join('\n') });
      await core.clock.advance(20_000);
      const calls = await since(() => core.upsert('c1', ada({ phones: [], role: `role ${round}` })));
      expect(calls.slice(-2)).toEqual(['read', 'update']);
      expect(shown()).toMatchObject({ type: `role ${round}`, notes: expect.stringContaining(round) });
    }
  });

  it('of a CRM that can’t list cost a read before each write, and lose nothing', async () => {
    core.crm.lists = false;
    await core.clock.advance(120_000);
    core.crm.edit(id, { phone: '021 theirs' });
    expect((await since(() => core.upsert('c1', ada({ phones: [], role: 'vendor' })))).slice(-2)).toEqual([
      'read',
      'update',
    ]);
    core.crm.edit(id, { notes: 'by hand' });
    expect((await since(() => core.upsert('c1', ada({ phones: [], role: 'market' })))).slice(-2)).toEqual([
      'read',
      'update',
    ]);
    expect(shown()).toMatchObject({ phone: '021 theirs', notes: 'by hand', type: 'market' });
  });

  it('are told from a CRM that answers in its own way: that is read, and nothing grows', async () => {
    core.crm.keeps = (fields) => ({
      ...fields,
      notes: String(fields['notes'] ?? '')
        .replace(/\s+/gu, ' ')
        .slice(0, 30),
    });
    const notes = ['wants three bedrooms', 'has a dog', 'likes the sea'];
    for (const role of ['vendor', 'market', 'agent', 'other']) {
      await core.clock.advance(120_000);
      await core.upsert('c1', ada({ role, relationshipNotes: notes }));
      await core.converge();
      expect(String(shown()['notes'])).toBe('wants three bedrooms has a dog');
    }
  });

  it('keep an id that they put into a list, and Zena’s leaves it', async () => {
    await core.upsert('p1', propertyBody({ vendors: ['c1'] }));
    await core.converge();
    const [property] = core.crm.of('property');
    await core.clock.advance(120_000);
    core.crm.edit(property?.id ?? '', { vendors: [id, 'crm-77'], buyers: ['crm-78'] });
    await core.upsert('p1', propertyBody({ vendors: [] }));
    await core.converge();
    expect(core.crm.of('property')[0]?.fields).toMatchObject({ vendors: ['crm-77'], buyers: ['crm-78'] });
  });

  it.each(['lost', 'dropped'] as const)(
    'lose nothing where an update is %s and they write meanwhile',
    async (fault) => {
      await core.clock.advance(120_000);
      core.crm.fault = (verb) => (verb === 'update' ? fault : 'none');
      await core.upsert('c1', ada({ phones: ['09 1'], relationshipNotes: ['ours'] }));
      await core.clock.advance(11_000);
      core.crm.fault = () => 'none';
      core.crm.edit(id, { notes: [shown()['notes'], 'theirs'].filter(Boolean).join('\n') });
      await core.upsert('c1', ada({ phones: [], relationshipNotes: [] }));
      await core.converge();
      expect(shown()).toMatchObject({ phone: '', notes: 'theirs' });
    },
  );

  it('find no line of ours left over where we died in the middle of an update', async () => {
    core.crm.fault = (verb) => (verb === 'update' ? 'slow_commit' : 'none');
    await core.upsert('c1', ada({ phones: ['09 1'], relationshipNotes: ['ours'] }));
    await core.clock.advance(1_000);
    await core.crash();
    core.crm.fault = () => 'none';
    await core.upsert('c1', ada({ phones: [], relationshipNotes: ['anew'] }));
    await core.converge();
    expect(shown()).toMatchObject({ phone: '', notes: 'anew' });
    await core.upsert('c1', ada({ phones: [], relationshipNotes: [] }));
    await core.converge();
    expect(shown()).toMatchObject({ notes: '' });
  });
});
