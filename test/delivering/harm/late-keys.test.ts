import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { SyncConfig } from '../../../src/domain/connection.ts';
import { contactBody, dealBody, propertyBody } from '../../support/builders.ts';
import { createCoreHarness, type CoreHarness } from '../../support/core-harness.ts';

const HIGH = { address: '1 High Street' };
const offer = (over = {}) => dealBody({ propertyId: 'p1', stage: 'offer', ...over });

describe('a deal that comes before its property', () => {
  let core: CoreHarness;
  beforeEach(async () => {
    core = await createCoreHarness();
    await core.clock.advance(10_000);
  });
  afterEach(async () => {
    expect(core.errors).toEqual([]);
    await core.close();
  });

  it('s1: waits for it, and adopts the deal that the CRM has of that property', async () => {
    const property = core.crm.add('property', HIGH, 0);
    const deal = core.crm.add('deal', { propertyId: property, stage: 'offer', summary: 'theirs' }, 0);
    await core.upsert('d1', offer());
    await core.clock.advance(1_000);
    expect(core.crm.calls).toEqual([]);
    await core.upsert('p1', propertyBody(HIGH));
    await core.converge();
    expect(core.crm.of('deal').map(({ id }) => id)).toEqual([deal]);
    expect(core.crm.of('property').map(({ id }) => id)).toEqual([property]);
    expect(core.crm.of('deal')[0]?.fields).toMatchObject({ propertyId: property, summary: 'theirs' });
  });

  it('s1: waits for 60 s from its event and then goes with null; what comes later is sent then', async () => {
    await core.upsert('d1', offer());
    await core.clock.advance(59_000);
    expect(core.crm.of('deal')).toEqual([]);
    await core.clock.advance(2_000);
    expect(core.crm.of('deal').map(({ fields }) => fields['propertyId'])).toEqual([null]);
    await core.upsert('p1', propertyBody(HIGH));
    await core.converge();
    const [property] = core.crm.of('property');
    expect(core.crm.of('deal').map(({ fields }) => fields['propertyId'])).toEqual([property?.id]);
  });

  it('s1: doesn’t wait where its event is older than that already', async () => {
    await core.patchConnection({ status: 'disconnected' });
    await core.upsert('d1', offer());
    await core.clock.advance(61_000);
    await core.patchConnection({ status: 'active' });
    await core.runs.start(await core.connection());
    await core.clock.advance(2_000);
    expect(core.crm.of('deal').map(({ fields }) => fields['propertyId'])).toEqual([null]);
  });

  it('s1: does not wait for contacts that nobody knows', async () => {
    await core.upsert('d1', offer({ propertyId: null, contacts: ['unknown'] }));
    await core.clock.advance(1_000);
    expect(core.crm.of('deal')).toHaveLength(1);
  });
});

describe('our own record that gains a key', () => {
  let core: CoreHarness;
  afterEach(async () => {
    expect(core.errors).toEqual([]);
    await core.close();
  });

  async function keyless(syncConfig: Partial<SyncConfig> = {}): Promise<{ older: string; own: string }> {
    core = await createCoreHarness({ syncConfig });
    await core.clock.advance(10_000);
    const property = core.crm.add('property', HIGH, 0);
    const older = core.crm.add('deal', { propertyId: property, stage: 'offer', summary: 'theirs' }, 0);
    await core.upsert('d1', offer());
    await core.clock.advance(62_000);
    const own = core.crm.of('deal').find(({ id }) => id !== older)?.id ?? '';
    expect(own).not.toBe('');
    return { older, own };
  }

  const deals = (): string[] => core.crm.of('deal').map(({ id }) => id);
  const strays = async () => (await core.link('deal', 'd1'))?.strays;

  it('s1: takes the older one of that key, and goes', async () => {
    const { older } = await keyless();
    await core.upsert('p1', propertyBody(HIGH));
    await core.converge();
    expect(deals()).toEqual([older]);
    expect(core.crm.of('deal')[0]?.fields).toMatchObject({ summary: 'theirs', riskLevel: 'low' });
    expect(await core.link('deal', 'd1')).toMatchObject({ remote: { id: older, origin: 'adopted' } });
    expect(await strays()).toEqual([]);
  });

  it.each([
    ['people touched a field of ours', { summary: 'by hand' }],
    ['people entered something that Zena knows nothing of', { commission: '2%' }],
  ])('s1: takes the older one of that key, and is shown as a stray where %s', async (_, edit) => {
    const { older, own } = await keyless();
    core.crm.edit(own, edit);
    await core.upsert('p1', propertyBody(HIGH));
    await core.converge();
    expect(deals()).toEqual([older, own]);
    expect(await strays()).toEqual([own]);
    expect(core.crm.records.get(own)?.fields).toMatchObject(edit);
  });

  it('s1: is shown as a stray where deletions say never', async () => {
    const { older, own } = await keyless({ deletions: 'never' });
    await core.upsert('p1', propertyBody(HIGH));
    await core.converge();
    expect(deals()).toEqual([older, own]);
    expect(await strays()).toEqual([own]);
    expect(await core.link('deal', 'd1')).toMatchObject({ remote: { id: older } });
  });

  it('s1: is shown as a stray where it could not be removed', async () => {
    const { older, own } = await keyless();
    core.crm.fault = (verb) => (verb === 'delete' ? 'failed' : 'none');
    core.crm.answers = ({ verb }) =>
      verb === 'delete'
        ? { kind: 'rejected', code: 'HTTP_403', detail: 'no', status: 403, fields: [] }
        : null;
    await core.upsert('p1', propertyBody(HIGH));
    await core.converge();
    expect(deals()).toEqual([older, own]);
    expect(await strays()).toEqual([own]);
    const link = await core.link('deal', 'd1');
    const { items } = await core.store.timeline.ofLink(link?.id as never, null, 100);
    expect(items).toContainEqual(expect.objectContaining({ code: 'stray_found', reason: 'CRM_FAILED' }));
  });

  it('s1: is removed only once those who refer to it are told', async () => {
    core = await createCoreHarness();
    await core.clock.advance(10_000);
    core.crm.add('contact', { email: 'ada@example.test', notes: 'theirs' }, 0);
    await core.upsert('c1', contactBody({ emails: [] }));
    await core.upsert('p1', propertyBody({ ...HIGH, vendors: ['c1'] }));
    await core.converge();
    const woken: number[] = [];
    const wake = core.store.links.wake.bind(core.store.links);
    jest.spyOn(core.store.links, 'wake').mockImplementation((ids, at) => {
      woken.push(core.crm.calledSince(0, 'delete'));
      return wake(ids, at);
    });
    await core.upsert('c1', contactBody({ emails: ['ada@example.test'] }));
    await core.converge();
    expect(core.crm.calledSince(0, 'delete')).toBe(1);
    expect(woken[0]).toBe(0);
  });

  it('s1: a contact without e-mail takes the older one of the e-mail that it gains', async () => {
    core = await createCoreHarness();
    await core.clock.advance(10_000);
    const older = core.crm.add('contact', { email: 'ada@example.test', notes: 'theirs' }, 0);
    await core.upsert('c1', contactBody({ emails: [] }));
    await core.converge();
    await core.upsert('p1', propertyBody({ ...HIGH, vendors: ['c1'] }));
    await core.converge();
    expect(core.crm.of('contact')).toHaveLength(2);
    await core.upsert('c1', contactBody({ emails: ['ada@example.test'] }));
    await core.converge();
    expect(core.crm.of('contact').map(({ id }) => id)).toEqual([older]);
    expect(core.crm.of('property')[0]?.fields['vendors']).toEqual([older]);
  });

  it('stays where nothing else has the key', async () => {
    core = await createCoreHarness();
    await core.upsert('c1', contactBody({ emails: [] }));
    await core.converge();
    const [own] = core.crm.of('contact');
    await core.upsert('c1', contactBody({ emails: ['ada@example.test'] }));
    await core.converge();
    expect(core.crm.of('contact').map(({ id }) => id)).toEqual([own?.id]);
  });
});

describe('a linked contact that takes another e-mail', () => {
  let core: CoreHarness;
  let own: string;
  let older: string;
  beforeEach(async () => {
    core = await createCoreHarness();
    await core.clock.advance(10_000);
    older = core.crm.add('contact', { email: 'bo@example.test', notes: 'theirs' }, 0);
    await core.upsert('c1', contactBody({ emails: ['ada@example.test'] }));
    await core.converge();
    own = core.crm.of('contact').find(({ id }) => id !== older)?.id ?? '';
  });
  afterEach(async () => {
    expect(core.errors).toEqual([]);
    await core.close();
  });

  it('takes the older one that the CRM has of it, and our own goes', async () => {
    await core.upsert('c1', contactBody({ emails: ['bo@example.test'] }));
    await core.converge();
    expect(core.crm.of('contact').map(({ id }) => id)).toEqual([older]);
    expect(core.crm.of('contact')[0]?.fields).toMatchObject({ notes: 'theirs', firstName: 'Ada' });
  });

  it('takes the older one, and our own is a stray where people touched it', async () => {
    core.crm.edit(own, { phone: '021 by hand' });
    await core.upsert('c1', contactBody({ emails: ['bo@example.test'] }));
    await core.converge();
    expect(core.crm.of('contact').map(({ id }) => id)).toEqual([older, own]);
    expect((await core.link('contact', 'c1'))?.strays).toEqual([own]);
  });

  it.each([
    ['a value', { phone: '021 by hand' }],
    ['a line of notes', { notes: 'prefers mornings' }],
  ])(
    'takes the older one, and our own is a stray where people had entered %s before we last wrote',
    async (_, entered) => {
      const email = 'ada@example.test';
      await core.upsert('c1', contactBody({ emails: [email], phones: [], relationshipNotes: [] }));
      await core.converge();
      core.crm.edit(own, entered);
      await core.clock.advance(120_000);
      await core.upsert(
        'c1',
        contactBody({ emails: [email], phones: [], relationshipNotes: [], role: 'vendor' }),
      );
      await core.converge();
      expect(core.crm.records.get(own)?.fields).toMatchObject({ ...entered, type: 'vendor' });
      await core.upsert(
        'c1',
        contactBody({ emails: ['bo@example.test'], phones: [], relationshipNotes: [] }),
      );
      await core.converge();
      expect(core.crm.records.get(own)?.fields).toMatchObject(entered);
      expect((await core.link('contact', 'c1'))?.strays).toEqual([own]);
    },
  );

  it('leaves its own to another that takes the former e-mail later, who clears what was ours of it and nothing else', async () => {
    const ada = { emails: ['ada@example.test'] };
    await core.upsert(
      'c1',
      contactBody({ ...ada, phones: ['021 555 0100'], relationshipNotes: ['of c1'], role: 'vendor' }),
    );
    await core.converge();
    core.crm.edit(own, { notes: 'of c1\ntheirs', birthday: 'May' });
    await core.clock.advance(120_000);
    await core.upsert('c1', contactBody({ emails: ['bo@example.test'] }));
    await core.converge();
    expect((await core.link('contact', 'c1'))?.strays).toEqual([own]);
    expect(core.crm.records.get(own)?.fields).toMatchObject({ phone: '021 555 0100', type: 'vendor' });
    await core.upsert(
      'c2',
      contactBody({ ...ada, name: 'Eve', phones: [], relationshipNotes: ['of c2'], role: '' }),
    );
    await core.converge();
    expect(await core.link('contact', 'c2')).toMatchObject({ remote: { id: own } });
    const { phone, type, notes } = core.crm.records.get(own)?.fields ?? {};
    expect({ phone, type, notes }).toEqual({ phone: '', type: '', notes: 'theirs\nof c2' });
  });

  it('keeps its own where nobody has it, at one look-up', async () => {
    const before = core.crm.calls.length;
    await core.upsert('c1', contactBody({ emails: ['new@example.test'] }));
    await core.converge();
    expect(core.crm.records.get(own)?.fields['email']).toBe('new@example.test');
    expect(core.crm.calls.slice(before).map(({ verb }) => verb)).toEqual(['find', 'list', 'update']);
  });

  it('keeps the one of people’s that it adopted: nothing of theirs goes', async () => {
    await core.upsert('c2', contactBody({ emails: ['bo@example.test'] }));
    await core.converge();
    const third = core.crm.add('contact', { email: 'third@example.test' }, core.clock.now() - 9_000);
    await core.upsert('c2', contactBody({ emails: ['third@example.test'] }));
    await core.converge();
    expect(core.crm.records.get(older)?.fields['notes']).toBe('theirs');
    expect(core.crm.records.has(third)).toBe(true);
  });
});

describe('a kind that is not synced', () => {
  let core: CoreHarness;
  afterEach(async () => {
    expect(core.errors).toEqual([]);
    await core.close();
  });

  it('s1b: is looked up where a deal refers to it, and never written', async () => {
    core = await createCoreHarness({ syncConfig: { syncProperties: false } });
    const property = core.crm.add('property', { ...HIGH, riskOverview: 'theirs' }, 0);
    await core.clock.advance(10_000);
    await core.upsert('p1', propertyBody({ ...HIGH, riskOverview: 'ours' }));
    await core.upsert('d1', offer());
    await core.converge();
    expect(core.crm.of('deal').map(({ fields }) => fields['propertyId'])).toEqual([property]);
    expect(core.crm.of('property')[0]?.fields).toEqual({ ...HIGH, riskOverview: 'theirs' });
    await core.upsert('p1', propertyBody({ ...HIGH, riskOverview: 'anew' }));
    await core.remove('property', 'p1');
    await core.converge();
    expect(core.crm.of('property')[0]?.fields).toEqual({ ...HIGH, riskOverview: 'theirs' });
    expect(core.crm.calls.filter(({ verb, kind }) => kind === 'property' && verb !== 'find')).toEqual([]);
  });

  it('s1b: is not looked up where nothing refers to it', async () => {
    core = await createCoreHarness({ syncConfig: { syncProperties: false } });
    await core.upsert('p1', propertyBody(HIGH));
    await core.converge();
    expect(core.crm.calls).toEqual([]);
  });

  it('s1b: holds nobody up for long where it was looked up in vain', async () => {
    core = await createCoreHarness({ syncConfig: { syncProperties: false } });
    await core.clock.advance(10_000);
    await core.upsert('p1', propertyBody(HIGH));
    await core.upsert('d1', offer());
    await core.clock.advance(3_000);
    expect(core.crm.of('deal').map(({ fields }) => fields['propertyId'])).toEqual([null]);
    expect(core.crm.of('property')).toEqual([]);
    await core.converge();
    expect(
      core.crm.calls.filter(({ verb, kind }) => kind === 'property' && verb === 'find').length,
    ).toBeLessThan(4);
  });

  it('s1b: is written once it is synced', async () => {
    core = await createCoreHarness({ syncConfig: { syncProperties: false } });
    await core.upsert('p1', propertyBody(HIGH));
    await core.upsert('d1', offer());
    await core.converge();
    const { syncConfig } = await core.connection();
    await core.patchConnection({ syncConfig: { ...syncConfig, syncProperties: true } });
    await core.runs.start(await core.connection());
    await core.converge();
    const [property] = core.crm.of('property');
    expect(core.crm.of('deal').map(({ fields }) => fields['propertyId'])).toEqual([property?.id]);
  });
});

describe('our own record that was left for an older one', () => {
  it('is no duplicate once it is used again, and is what this connection made', async () => {
    const core = await createCoreHarness();
    const ada = (email: string) => contactBody({ name: 'Ada', emails: [email] });
    const older = core.crm.add('contact', { firstName: 'Ada', email: 'new@example.test' }, 0);
    await core.clock.advance(10_000);
    await core.upsert('c1', ada('old@example.test'));
    await core.converge();
    const own = (await core.link('contact', 'c1'))?.remote?.id ?? '';
    // It is read before it is removed, which comes to nothing: so it stays, and is shown.
    core.crm.answers = ({ verb, id }) =>
      verb === 'read' && id === own
        ? { kind: 'retry_later', code: 'CRM_FAILED', detail: 'no', status: 500 }
        : null;
    await core.upsert('c1', ada('new@example.test'));
    await core.converge();
    expect(await core.link('contact', 'c1')).toMatchObject({ remote: { id: older }, strays: [own] });
    core.crm.answers = () => null;
    core.crm.records.delete(older);
    await core.upsert('c1', ada('old@example.test'));
    await core.converge();
    expect(await core.link('contact', 'c1')).toMatchObject({
      remote: { id: own, origin: 'created' },
      strays: [],
      left: {},
    });
    await core.remove('contact', 'c1');
    await core.converge();
    expect(core.crm.of('contact')).toEqual([]);
    expect(core.errors).toEqual([]);
    await core.close();
  });
});
