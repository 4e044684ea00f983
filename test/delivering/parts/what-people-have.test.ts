import { afterEach, describe, expect, it } from '@jest/globals';
import { scopeOf, type Connection } from '../../../src/domain/connection.ts';
import { contactBody } from '../../support/builders.ts';
import { createCoreHarness, type CoreHarness, type HarnessOptions } from '../../support/core-harness.ts';
import type { PartsOptions } from '../../support/parts-connector.ts';
import { createPartsCrm, type PartsCrm } from '../../support/parts-crm.ts';

let core: CoreHarness;
let crm: PartsCrm;

async function open(options: PartsOptions = {}, harness: HarnessOptions = {}): Promise<void> {
  core = await createCoreHarness({
    ...harness,
    sessions: ({ clock }) => (crm = createPartsCrm(clock, options)),
  });
}

async function say(entityId: string, over: Parameters<typeof contactBody>[0]): Promise<void> {
  await core.clock.advance(1_000);
  await core.upsert(entityId, contactBody(over));
  await core.converge();
}

const notesOf = (relationshipNotes: readonly string[]) => ({ relationshipNotes });

afterEach(async () => {
  expect(core.errors).toEqual([]);
  await core.close();
});

describe('what was there already', () => {
  const THEIRS = { name: 'Ada L.', email: 'ada@example.test', tags: ['vip'] };

  it('is never ours to delete, also where the CRM took our values into it', async () => {
    await open({}, { syncConfig: { deletions: 'created' } });
    crm.dedupes = true;
    const hidden = crm.add('contact', THEIRS, { notes: ['theirs'] });
    // The search doesn’t show it yet.
    crm.before = async ({ verb }) => {
      if (verb === 'find') crm.records.delete(hidden.id);
      else crm.records.set(hidden.id, hidden);
    };
    await say('c1', notesOf(['one']));
    expect(crm.contact()).toMatchObject({
      id: hidden.id,
      fields: { name: 'Ada Lovelace', tags: ['vip', 'buyer'] },
      notes: ['theirs', 'one'],
    });
    expect(await core.link('contact', 'c1')).toMatchObject({ remote: { id: hidden.id, origin: 'adopted' } });
    await core.remove('contact', 'c1');
    await core.converge();
    expect(crm.contact().id).toBe(hidden.id);
    expect(crm.writes()).not.toContain('delete core');
  });

  it.each(['lost', 'dropped'] as const)(
    'is no stranger’s loss where the create is %s, either',
    async (fault) => {
      await open({}, { syncConfig: { deletions: 'created' } });
      crm.dedupes = true;
      // What the CRM takes into it makes it what was sent.
      const theirs = crm.add('contact', { name: 'Ada L.', email: 'ada@example.test' });
      await core.clock.advance(3_600_000);
      crm.before = ({ verb }) => {
        if (verb === 'find' && crm.writes().length === 0) crm.records.delete(theirs.id);
        else crm.records.set(theirs.id, theirs);
        return Promise.resolve();
      };
      let isOver = false;
      crm.fault = ({ verb }) => {
        if (verb !== 'create' || isOver) return 'none';
        isOver = true;
        return fault;
      };
      await say('c1', notesOf(['one']));
      expect(crm.contact()).toMatchObject({ id: theirs.id, notes: ['one'] });
      await core.remove('contact', 'c1');
      await core.converge();
      expect(crm.contact().id).toBe(theirs.id);
    },
  );

  it('is found, and its notes are asked for before one is added', async () => {
    await open();
    crm.add('contact', THEIRS, { notes: ['theirs', 'one'] });
    await say('c1', notesOf(['one', 'two']));
    expect(crm.contact()).toMatchObject({
      fields: { tags: ['vip', 'buyer'] },
      notes: ['theirs', 'one', 'two'],
    });
    await say('c1', notesOf(['one', 'two', 'three']));
    expect(crm.contact().notes).toEqual(['theirs', 'one', 'two', 'three']);
    expect(crm.calls.filter(({ verb, part }) => verb === 'read' && part === 'notes')).toHaveLength(1);
  });
});

describe('a text that was added', () => {
  it('is never sent again, whatever people do with it, nor when Zena says it anew', async () => {
    await open();
    await say('c1', notesOf(['one', 'two']));
    crm.contact().notes = ['two, changed by people'];
    await say('c1', notesOf(['two']));
    await say('c1', notesOf(['one', 'two', 'three']));
    expect(crm.contact().notes).toEqual(['two, changed by people', 'three']);
  });

  it.each(['lost', 'dropped'] as const)(
    'and of which nobody heard (%s) is looked for before it is repeated',
    async (fault) => {
      await open();
      await say('c1', {});
      let isOver = false;
      crm.fault = ({ part, verb }) => {
        if (part !== 'notes' || verb !== 'update' || isOver) return 'none';
        isOver = true;
        return fault;
      };
      await say('c1', notesOf(['one']));
      expect(crm.contact().notes).toEqual(['one']);
      expect(crm.calls.filter(({ verb, part }) => verb === 'read' && part === 'notes')).toHaveLength(1);
      expect(crm.writes().filter((write) => write === 'update notes')).toHaveLength(fault === 'lost' ? 1 : 2);
    },
  );

  it.each(['lost', 'dropped'] as const)(
    'and can’t be looked for is not repeated (%s), and a person is told',
    async (fault) => {
      await open({ lists: false });
      await say('c1', {});
      let isOver = false;
      crm.fault = ({ part }) => {
        if (part !== 'notes' || isOver) return 'none';
        isOver = true;
        return fault;
      };
      await say('c1', notesOf(['one']));
      await say('c1', notesOf(['one', 'two']));
      expect(crm.contact().notes).toEqual(fault === 'lost' ? ['one', 'two'] : ['two']);
      expect(await core.codes('contact', 'c1')).toEqual([
        'created',
        'retrying',
        'unconfirmed',
        'unchanged',
        'updated',
      ]);
    },
  );

  it('is sent again without being looked for where the CRM says that it did not take it', async () => {
    await open({ lists: false });
    let isOver = false;
    crm.fault = ({ part }) => {
      if (part !== 'notes' || isOver) return 'none';
      isOver = true;
      return 'limited';
    };
    await say('c1', notesOf(['one']));
    expect(crm.contact().notes).toEqual(['one']);
  });
});

describe('what people enter', () => {
  it('in a part stays, when Zena changes that part', async () => {
    await open();
    await say('c1', {});
    const record = crm.contact();
    record.fields = { ...record.fields, tags: ['buyer', 'vip'] };
    record.modifiedAt = core.clock.now();
    await core.clock.advance(120_000);
    await say('c1', { role: 'vendor' });
    expect(crm.contact().fields['tags']).toEqual(['vip', 'vendor']);
  });

  it('beside the mapped fields is given to an update that needs all of the record', async () => {
    await open({ readsFirst: true });
    await say('c1', {});
    crm.contact().rest = { birthday: '10 December' };
    await say('c1', { name: 'Ada King' });
    expect(crm.contact()).toMatchObject({ fields: { name: 'Ada King' }, rest: { birthday: '10 December' } });
    const before = crm.calls.length;
    await say('c1', { name: 'Ada King', relationshipNotes: ['one'] });
    expect(crm.calls.slice(before).map(({ verb, part }) => `${verb} ${part}`)).toEqual(['update notes']);
  });

  it.each([
    ['a note', (record: { notes: readonly string[] }) => (record.notes = [...record.notes, 'theirs'])],
    ['a birthday', (record: { rest: object }) => (record.rest = { birthday: '10 December' })],
  ])('keeps our record when Zena deletes it: %s', async (_what, enter) => {
    await open({}, { syncConfig: { deletions: 'created' } });
    await say('c1', notesOf(['one']));
    enter(crm.contact());
    await core.remove('contact', 'c1');
    await core.converge();
    expect(crm.of('contact')).toHaveLength(1);
    expect(await core.codes('contact', 'c1')).toEqual(['created', 'kept_for_people']);
  });

  it('is nothing: our record goes with our own notes', async () => {
    await open({}, { syncConfig: { deletions: 'created' } });
    await say('c1', notesOf(['one']));
    await core.remove('contact', 'c1');
    await core.converge();
    expect(crm.of('contact')).toEqual([]);
  });
});

describe('contacts that share a CRM record', () => {
  it('add what each says once, and take for ours what any of them sent', async () => {
    await open({}, { syncConfig: { deletions: 'created' } });
    await say('c1', notesOf(['of Ada', 'of both']));
    await say('c2', { name: 'Bo', relationshipNotes: ['of both', 'of Bo'] });
    expect(crm.contact().notes).toEqual(['of Ada', 'of both', 'of Bo']);
    await say('c1', { name: 'Ada again', relationshipNotes: ['of Ada', 'of Bo'] });
    expect(crm.contact().notes).toEqual(['of Ada', 'of both', 'of Bo']);
    await core.remove('contact', 'c1');
    await core.converge();
    await core.remove('contact', 'c2');
    await core.converge();
    expect(crm.of('contact')).toEqual([]);
  });

  it('go on where one’s request was not heard of and the other speaks next', async () => {
    await open();
    await say('c1', notesOf(['of Ada']));
    await say('c2', { name: 'Bo', relationshipNotes: [] });
    let isOver = false;
    crm.fault = ({ part }) => {
      if (part !== 'notes' || isOver) return 'none';
      isOver = true;
      return 'lost';
    };
    await core.clock.advance(1_000);
    await core.upsert('c2', contactBody({ name: 'Bo', relationshipNotes: ['of Bo'] }));
    await core.clock.advance(12_000);
    await say('c1', { name: 'Ada again', relationshipNotes: ['of Ada', 'of Bo'] });
    expect(crm.contact().notes).toEqual(['of Ada', 'of Bo']);
  });
});

describe('two connections of one CRM account', () => {
  it('add the same text once, and each its own', async () => {
    await open();
    const first = await core.connection();
    const second: Connection = { ...first, connectionId: 'conn-2', owner: { type: 'user', id: 'user-2' } };
    await core.store.connections.insert(second);
    await core.store.accounts.join(scopeOf(first), scopeOf(second));
    await core.crash();
    const other = async (relationshipNotes: readonly string[]): Promise<void> => {
      await core.clock.advance(1_000);
      await core.upsert('c2', contactBody({ relationshipNotes }), { userId: 'user-2' });
      await core.converge();
      await core.clock.advance(5_000);
    };
    await say('c1', notesOf(['of both']));
    await other(['of both', 'of two']);
    expect(crm.contact().notes).toEqual(['of both', 'of two']);
    await say('c1', notesOf(['of both', 'said by one, then by two']));
    await other(['of both', 'of two', 'said by one, then by two']);
    expect(crm.contact().notes).toEqual(['of both', 'of two', 'said by one, then by two']);
  });
});
