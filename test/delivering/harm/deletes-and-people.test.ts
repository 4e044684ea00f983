import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { CrmFields } from '../../../src/domain/remote-record.ts';
import { contactBody, propertyBody } from '../../support/builders.ts';
import { createCoreHarness, type CoreHarness, type HarnessOptions } from '../../support/core-harness.ts';

/** Days pass here, in which only what was asked for should happen. */
const POLL_MS = 10_000;

const ada = (over = {}) => contactBody({ name: 'Ada Lovelace', emails: ['ada@example.test'], ...over });

describe('a Zena delete of a CRM record', () => {
  let core: CoreHarness;
  let id: string;

  async function begin(options: HarnessOptions = {}): Promise<void> {
    core = await createCoreHarness({ pollEveryMs: POLL_MS, ...options });
    await core.upsert('c1', ada({ phones: [], relationshipNotes: ['of Zena’s'] }));
    await core.converge();
    id = core.crm.of('contact')[0]?.id ?? '';
  }
  const since = async (act: () => Promise<unknown>): Promise<string[]> => {
    const before = core.crm.calls.length;
    await act();
    await core.converge();
    return core.crm.calls.slice(before).map(({ verb }) => verb);
  };
  const removed = () => since(() => core.remove('contact', 'c1'));
  const entries = async () => {
    const link = await core.link('contact', 'c1');
    return (await core.store.timeline.ofLink(link?.id as never, null, 100)).items;
  };
  const shown = (): CrmFields => core.crm.records.get(id)?.fields ?? {};

  beforeEach(() => begin());
  afterEach(async () => {
    expect(core.errors).toEqual([]);
    await core.close();
  });

  it.each([
    ['a value', { phone: '021 theirs' }],
    ['another value than Zena’s', { firstName: 'Augusta' }],
    ['a line of notes', { notes: 'of Zena’s\ncall after six' }],
    ['a field that Zena knows nothing of, and another', { birthday: '1815-12-10', phone: '021 theirs' }],
  ])('leaves it where people entered %s, says so once, and ends', async (_, theirs) => {
    await core.clock.advance(120_000);
    core.crm.edit(id, theirs);
    expect(await removed()).toEqual(['read']);
    expect(shown()).toMatchObject(theirs);
    expect(await entries()).toContainEqual(
      expect.objectContaining({
        code: 'kept_for_people',
        changed: expect.arrayContaining(Object.keys(theirs)),
      }),
    );
    expect(await core.link('contact', 'c1')).toMatchObject({ remote: { id }, nextAt: null, dead: null });
    expect(await since(() => core.clock.advance(86_400_000))).toEqual([]);
    await since(async () => core.runs.start(await core.connection()));
    expect((await core.codes('contact', 'c1')).filter((code) => code === 'kept_for_people')).toHaveLength(1);
    expect(shown()).toMatchObject(theirs);
  });

  it('leaves it where somebody whom Zena does not know was put into a list', async () => {
    await core.upsert('p1', propertyBody({ vendors: ['c1'] }));
    await core.converge();
    const [house] = core.crm.of('property');
    await core.clock.advance(120_000);
    core.crm.edit(house?.id ?? '', { vendors: [id, 'crm-99'] });
    expect(await since(() => core.remove('property', 'p1'))).toEqual(['read']);
    expect(core.crm.of('property')).toHaveLength(1);
    expect((await core.codes('property', 'p1')).at(-1)).toBe('kept_for_people');
  });

  it('leaves it where what people entered is long known, without another read', async () => {
    await core.clock.advance(120_000);
    core.crm.edit(id, { notes: 'of Zena’s\ncall after six' });
    await core.upsert('c1', ada({ phones: [], role: 'vendor', relationshipNotes: ['of Zena’s'] }));
    await core.converge();
    expect(await removed()).toEqual([]);
    expect(shown()['notes']).toBe('of Zena’s\ncall after six');
  });

  it('finds its CRM record again when the entity comes back', async () => {
    await core.clock.advance(120_000);
    core.crm.edit(id, { phone: '021 theirs', firstName: 'Augusta' });
    await removed();
    await core.upsert('c1', ada({ phones: [], relationshipNotes: ['of Zena’s'] }));
    await core.converge();
    expect(core.crm.of('contact')).toHaveLength(1);
    expect(shown()).toMatchObject({ phone: '021 theirs', firstName: 'Ada' });
    expect(await core.link('contact', 'c1')).toMatchObject({ remote: { id, origin: 'created' } });
  });

  it.each(['created', 'all'] as const)(
    'sees what people entered within a minute of a look, with `%s`',
    async (deletions) => {
      await core.close();
      await begin({ syncConfig: { deletions } });
      await core.clock.advance(120_000);
      await core.upsert('c1', ada({ phones: [], role: 'vendor', relationshipNotes: ['of Zena’s'] }));
      await core.converge();
      core.crm.edit(id, { birthday: '1815-12-10', notes: 'of Zena’s\ncall after six' });
      await removed();
      const code = deletions === 'all' ? 'deleted' : 'kept_for_people';
      expect((await core.codes('contact', 'c1')).at(-1)).toBe(code);
      if (deletions === 'all')
        expect(await entries()).toContainEqual(
          expect.objectContaining({
            code,
            replaced: expect.objectContaining({ birthday: '1815-12-10', notes: 'call after six' }),
          }),
        );
      else expect(shown()).toMatchObject({ birthday: '1815-12-10' });
    },
  );

  it('costs a read, whoever looked when, and no look at the others', async () => {
    await core.upsert('c2', contactBody({ emails: ['c2@example.test'] }));
    await core.converge();
    expect(await removed()).toEqual(['read', 'delete']);
    await core.clock.advance(120_000);
    expect(await since(() => core.remove('contact', 'c2'))).toEqual(['read', 'delete']);
    expect(core.crm.of('contact')).toEqual([]);
  });

  it('removes what only the CRM wrote in its own way', async () => {
    await core.clock.advance(120_000);
    core.crm.edit(id, { email: 'ADA@example.test', notes: 'of Ze', updatedAt: 'today' });
    expect(await removed()).toEqual(['read', 'delete']);
  });

  it('removes what a create without an answer made, whose lines the CRM wrapped into equal ones', async () => {
    core.crm.keeps = (fields) => ({
      ...fields,
      notes: String(fields['notes'] ?? '').replaceAll(' about', '\nabout'),
    });
    let creates = 0;
    core.crm.fault = (verb) => (verb === 'create' && creates++ === 0 ? 'lost' : 'none');
    const relationshipNotes = ['called about the garden', 'wrote about the garden'];
    await core.upsert('c2', contactBody({ emails: [], relationshipNotes }));
    await core.converge();
    // Other content makes it write what it knows of the notes.
    await core.upsert('c2', contactBody({ emails: [], phones: ['09 2'], relationshipNotes }));
    await core.converge();
    expect(core.crm.of('contact').map(({ fields }) => fields['notes'])).toContain(
      'called\nabout the garden\nwrote\nabout the garden',
    );
    expect(await since(() => core.remove('contact', 'c2'))).toEqual(['read', 'delete']);
  });

  it('reads it first in a CRM that can’t list', async () => {
    core.crm.lists = false;
    await core.clock.advance(120_000);
    expect((await removed()).slice(-2)).toEqual(['read', 'delete']);
    await core.upsert('c1', ada({ phones: [] }));
    await core.converge();
    id = core.crm.of('contact')[0]?.id ?? '';
    core.crm.edit(id, { phone: '021 theirs' });
    expect((await removed()).slice(-1)).toEqual(['read']);
    expect(shown()).toMatchObject({ phone: '021 theirs' });
  });

  it('with `all`, removes it and keeps what people entered in the timeline', async () => {
    await core.close();
    await begin({ syncConfig: { deletions: 'all' } });
    await core.clock.advance(120_000);
    core.crm.edit(id, { phone: '021 theirs', notes: 'call after six\nof Zena’s' });
    expect(await removed()).toEqual(['read', 'delete']);
    expect(core.crm.of('contact')).toEqual([]);
    expect(await entries()).toContainEqual(
      expect.objectContaining({
        code: 'deleted',
        replaced: { phone: '021 theirs', notes: 'call after six' },
      }),
    );
  });

  it('with `all`, tells what people entered also where the answer to the delete was lost', async () => {
    await core.close();
    await begin({ syncConfig: { deletions: 'all' }, retryDelaysMs: [60_000] });
    await core.clock.advance(120_000);
    core.crm.edit(id, { phone: '021 theirs' });
    core.crm.fault = (verb) => (verb === 'delete' ? 'lost' : 'none');
    await core.remove('contact', 'c1');
    await core.clock.advance(30_000);
    core.crm.fault = () => 'none';
    await core.converge();
    expect(await entries()).toContainEqual(
      expect.objectContaining({ code: 'deleted', replaced: { phone: '021 theirs' } }),
    );
  });

  describe('with `all`, of a CRM record that people had made, and whose answer was lost', () => {
    const again = () => ada({ phones: [], role: 'vendor' });
    const told = async (entityId: string) => {
      const link = await core.link('contact', entityId);
      const { items } = await core.store.timeline.ofLink(link?.id as never, null, 100);
      return items.filter(({ replaced }) => replaced !== undefined);
    };
    const lost = expect.objectContaining({
      code: 'gone_in_crm',
      replaced: { email: 'ada@example.test', phone: '021 theirs' },
    });
    /** The delete alone gets through, and its answer doesn't. */
    async function removeUnheard(...entityIds: string[]): Promise<void> {
      let isRemoved = false;
      core.crm.fault = (verb) => {
        if (isRemoved) return 'dropped';
        isRemoved = verb === 'delete';
        return isRemoved ? 'lost' : 'none';
      };
      await Promise.all(entityIds.map((entityId) => core.remove('contact', entityId)));
      await core.clock.advance(5_000);
      core.crm.fault = () => 'none';
      expect(core.crm.of('contact')).toEqual([]);
    }

    beforeEach(async () => {
      await core.close();
      core = await createCoreHarness({
        pollEveryMs: POLL_MS,
        syncConfig: { deletions: 'all' },
        retryDelaysMs: [60_000],
      });
      id = core.crm.add('contact', { email: 'ada@example.test', phone: '021 theirs' }, 0);
      await core.upsert('c1', ada({ phones: [] }));
      await core.converge();
      expect(await core.link('contact', 'c1')).toMatchObject({ remote: { id, origin: 'adopted' } });
    });

    it('tells what they lost where the entity is back before it is looked at', async () => {
      await removeUnheard('c1');
      await core.upsert('c1', again());
      await core.converge();
      expect(core.crm.of('contact').map(({ fields }) => fields['type'])).toEqual(['vendor']);
      expect(await told('c1')).toEqual([lost]);
    });

    it('tells what they lost where another entity that had it comes back first', async () => {
      await core.upsert('c2', ada({ phones: [] }));
      await core.converge();
      expect(await core.link('contact', 'c2')).toMatchObject({ remote: { id } });
      await removeUnheard('c1', 'c2');
      await core.upsert('c2', again());
      await core.converge();
      expect(core.crm.of('contact').map(({ fields }) => fields['type'])).toEqual(['vendor']);
      expect(await told('c2')).toEqual([lost]);
    });
  });

  it.each(['failed', 'lost'] as const)(
    'whose answer was %s is looked at, not repeated blindly',
    async (fault) => {
      let faults = 1;
      core.crm.fault = (verb) => (verb === 'delete' && faults-- > 0 ? fault : 'none');
      const calls = await removed();
      expect(calls.filter((verb) => verb !== 'verify')).toEqual(['read', 'delete', 'read', 'find']);
      expect(core.crm.of('contact')).toEqual([]);
      expect((await core.codes('contact', 'c1')).at(-1)).toBe('deleted');
    },
  );

  it('that had no effect leaves what people entered before it was tried again', async () => {
    let answers = 1;
    core.crm.answers = ({ verb }) =>
      verb === 'delete' && answers-- > 0
        ? {
            kind: 'retry_later',
            code: 'CRM_FAILED',
            detail: 'The CRM answered 500.',
            status: 500,
            answer: { status: 500, form: 'json', retryAfterMs: null, limited: false },
          }
        : null;
    await core.remove('contact', 'c1');
    await core.clock.advance(5_000);
    core.crm.edit(id, { phone: '021 theirs' });
    expect(await since(() => core.clock.advance(0))).toEqual(['read']);
    expect(shown()).toMatchObject({ phone: '021 theirs' });
  });
});
