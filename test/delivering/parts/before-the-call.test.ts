import { afterEach, describe, expect, it } from '@jest/globals';
import { contactBody } from '../../support/builders.ts';
import { createCoreHarness, type CoreHarness } from '../../support/core-harness.ts';
import type { PartsOptions } from '../../support/parts-connector.ts';
import { createPartsCrm, type PartsCrm } from '../../support/parts-crm.ts';

let core: CoreHarness;
let crm: PartsCrm;

async function open(options: PartsOptions = {}): Promise<void> {
  core = await createCoreHarness({ sessions: ({ clock }) => (crm = createPartsCrm(clock, options)) });
}

async function say(entityId: string, over: Parameters<typeof contactBody>[0]): Promise<void> {
  await core.clock.advance(1_000);
  await core.upsert(entityId, contactBody(over));
  await core.converge();
}

afterEach(async () => {
  expect(core.errors).toEqual([]);
  await core.close();
});

describe('what can’t be sent as it is', () => {
  const LONG = 'A'.repeat(41);

  it('is refused without any call, by its code and with the field’s name', async () => {
    await open();
    await say('c1', { name: LONG });
    expect(crm.calls).toEqual([]);
    const link = await core.link('contact', 'c1');
    expect(link?.dead).toMatchObject({
      code: 'TOO_LONG',
      fields: [{ field: 'name', message: 'The name has more than 40 letters.' }],
    });
    expect(await core.codes('contact', 'c1')).toEqual(['rejected']);
    expect(core.topic.map(({ letter }) => letter.code)).toEqual(['TOO_LONG']);
  });

  it('is delivered by itself once Zena mends it, and leaves what is there until then', async () => {
    await open();
    await say('c1', {});
    const before = crm.calls.length;
    await say('c1', { name: LONG });
    expect(crm.calls).toHaveLength(before);
    expect(crm.contact().fields['name']).toBe('Ada Lovelace');
    await say('c1', { name: 'Ada King' });
    expect(crm.contact().fields['name']).toBe('Ada King');
    expect((await core.link('contact', 'c1'))?.dead).toBeNull();
  });

  it('is deleted all the same', async () => {
    await open();
    await say('c1', {});
    await say('c1', { name: LONG });
    await core.remove('contact', 'c1');
    await core.converge();
    expect((await core.link('contact', 'c1'))?.dead).toBeNull();
  });
});

describe('what mapping has to know of the account', () => {
  const asked = () => crm.calls.filter(({ part, id }) => part === 'core' && id === 'groups').length;

  it('is read before anything is planned by it', async () => {
    await open({ groups: true });
    crm.facts['groups'] = { buyer: 'g-1' };
    await say('c1', {});
    expect(crm.contact().fields).toMatchObject({ group: 'g-1' });
  });

  it('is read once more where something is missing in it', async () => {
    await open({ groups: true });
    crm.facts['groups'] = {};
    crm.before = ({ id }) => {
      if (id === 'groups' && asked() === 2) crm.facts['groups'] = { buyer: 'g-1' };
      return Promise.resolve();
    };
    await say('c1', {});
    expect(asked()).toBe(2);
    expect(crm.contact().fields).toMatchObject({ group: 'g-1' });
  });

  it('and misses after that refuses the record, by what it misses', async () => {
    await open({ groups: true });
    crm.facts['groups'] = {};
    await say('c1', {});
    expect(asked()).toBe(2);
    expect(crm.of('contact')).toEqual([]);
    expect((await core.link('contact', 'c1'))?.dead).toMatchObject({
      code: 'UNKNOWN_GROUP',
      fields: [{ field: 'group', message: 'No group is called buyer.' }],
    });
  });

  it('and can’t be read is a failure of the call, not of the record', async () => {
    await open({ groups: true });
    crm.facts['groups'] = { buyer: 'g-1' };
    let limits = 2;
    crm.fault = ({ id }) => (id === 'groups' && limits-- > 0 ? 'limited' : 'none');
    await say('c1', {});
    expect(crm.contact().fields).toMatchObject({ group: 'g-1' });
    expect(await core.codes('contact', 'c1')).toEqual(['rate_limited', 'rate_limited', 'created']);
  });
});

describe('keys', () => {
  const PHONE = '+44 20 7946 0000';

  it('are looked for in order, and what a phone finds is the record only where the name agrees', async () => {
    await open();
    crm.add('contact', { name: 'Someone else', phone: PHONE });
    const ada = crm.add('contact', { name: 'Ada Lovelace', phone: PHONE });
    await say('c1', {});
    expect(crm.calls.filter(({ verb }) => verb === 'find').map(({ body }) => Object.keys(body)[0])).toEqual([
      'email',
      'phone',
    ]);
    expect((await core.link('contact', 'c1'))?.remote).toMatchObject({ id: ada.id, origin: 'adopted' });
    expect(crm.of('contact')).toHaveLength(2);
  });

  it('that need agreement make two of one family', async () => {
    await open();
    await say('c1', { name: 'Ada', emails: [] });
    await say('c2', { name: 'Bo', emails: [] });
    await say('c3', { name: 'Bo', emails: [] });
    expect(crm.of('contact').map(({ fields }) => fields['name'])).toEqual(['Ada', 'Bo']);
  });

  it.each(['lost', 'dropped'] as const)(
    'that need agreement find what a create made that was not heard of (%s)',
    async (fault) => {
      await open();
      crm.add('contact', { name: 'Bo', phone: PHONE });
      let isOver = false;
      crm.fault = ({ verb }) => {
        if (verb !== 'create' || isOver) return 'none';
        isOver = true;
        return fault;
      };
      await say('c1', { name: 'Ada', emails: [] });
      expect(crm.of('contact').map(({ fields }) => fields['name'])).toEqual(['Bo', 'Ada']);
      expect((await core.link('contact', 'c1'))?.remote?.origin).toBe('created');
    },
  );

  it('of another contact’s CRM record, which the CRM says is this one as well, end in a letter and harm nothing', async () => {
    await open();
    await say('c1', {});
    crm.dedupes = true;
    crm.dedupeBy = 'phone';
    await say('c2', { name: 'Bo', emails: ['bo@example.test'], phones: [PHONE] });
    expect((await core.link('contact', 'c2'))?.dead).toMatchObject({ code: 'TAKEN_IN_CRM' });
    expect((await core.link('contact', 'c2'))?.remote).toBeNull();
    expect(crm.writes().filter((write) => write === 'create core')).toHaveLength(2);
    expect((await core.link('contact', 'c1'))?.remote).not.toBeNull();
  });
});
