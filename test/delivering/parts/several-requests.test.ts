import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { contactBody } from '../../support/builders.ts';
import { createCoreHarness, type CoreHarness } from '../../support/core-harness.ts';
import { createPartsCrm, type PartsCall, type PartsCrm, type PartsFault } from '../../support/parts-crm.ts';

/** The nth call of a part goes wrong, the others don’t. */
function once(part: string, fault: PartsFault, verb?: string): (call: PartsCall) => PartsFault {
  let isOver = false;
  return (call) => {
    const isIt = !isOver && call.part === part && (verb === undefined || call.verb === verb);
    isOver ||= isIt;
    return isIt ? fault : 'none';
  };
}

describe('a record that takes several requests', () => {
  let core: CoreHarness;
  let crm: PartsCrm;
  beforeEach(async () => {
    core = await createCoreHarness({ sessions: ({ clock }) => (crm = createPartsCrm(clock)) });
  });
  afterEach(async () => {
    expect(core.errors).toEqual([]);
    await core.close();
  });

  const say = async (...relationshipNotes: string[]): Promise<void> => {
    await core.upsert('c1', contactBody({ relationshipNotes }));
    await core.converge();
  };
  const isWhole = (...notes: string[]): void => {
    expect(crm.contact()).toMatchObject({
      fields: { name: 'Ada Lovelace', email: 'ada@example.test', tags: ['buyer'] },
      notes,
    });
  };

  it('is made by its core, and each part follows once', async () => {
    await say('one', 'two');
    isWhole('one', 'two');
    expect(crm.writes()).toEqual(['create core', 'update tags', 'update notes', 'update notes']);
    expect(await core.codes('contact', 'c1')).toEqual(['created']);
    expect(await core.link('contact', 'c1')).toMatchObject({ intent: null, nextAt: null, claim: null });
  });

  it('is looked for, and costs no read after that', async () => {
    await say('one');
    expect(crm.calls.map(({ verb, part }) => `${verb} ${part}`)).toEqual([
      'find core',
      'find core',
      'create core',
      'update tags',
      'update notes',
    ]);
  });

  it('says nothing of the create when it is repeated, and sends what differs alone', async () => {
    await say('one');
    const before = crm.calls.length;
    await core.upsert('c1', contactBody({ relationshipNotes: ['one', 'two'] }));
    await core.converge();
    isWhole('one', 'two');
    expect(crm.writes().slice(3)).toEqual(['update notes']);
    expect(crm.calls.length).toBe(before + 1);
    await core.upsert('c1', contactBody({ role: 'vendor', relationshipNotes: ['one', 'two'] }));
    await core.converge();
    expect(crm.writes().slice(4)).toEqual(['update tags']);
    await core.upsert(
      'c1',
      contactBody({ name: 'Ada King', role: 'vendor', relationshipNotes: ['one', 'two'] }),
    );
    await core.converge();
    expect(crm.writes().slice(5)).toEqual(['update core']);
  });

  it.each(['tags', 'notes'])('makes one record where the CRM wants a pause at its %s', async (part) => {
    crm.fault = once(part, 'limited');
    await say('one');
    isWhole('one');
    expect(crm.writes().filter((write) => write === 'create core')).toHaveLength(1);
    expect(await core.codes('contact', 'c1')).toEqual(['created', 'rate_limited', 'updated']);
  });

  it.each(['core', 'tags', 'notes'])('makes one record where the answer of its %s is lost', async (part) => {
    crm.fault = once(part, 'lost', part === 'core' ? 'create' : 'update');
    await say('one', 'two');
    isWhole('one', 'two');
  });

  it.each(['core', 'tags', 'notes'])('makes one record where the request of its %s is lost', async (part) => {
    crm.fault = once(part, 'dropped', part === 'core' ? 'create' : 'update');
    await say('one', 'two');
    isWhole('one', 'two');
  });

  it('goes on with what is left after its refusal was mended', async () => {
    crm.fault = once('tags', 'refused');
    await say('one');
    expect(crm.contact().notes).toEqual([]);
    expect(await core.codes('contact', 'c1')).toEqual(['created', 'rejected']);
    await core.upsert('c1', contactBody({ role: 'vendor', relationshipNotes: ['one'] }));
    await core.converge();
    expect(crm.contact()).toMatchObject({ fields: { tags: ['vendor'] }, notes: ['one'] });
    expect(crm.writes()).toEqual(['create core', 'update tags', 'update tags', 'update notes']);
  });

  it.each([1, 2, 3, 4])(
    'goes on where the process dies before request %i, and sends nothing twice',
    async (nth) => {
      let requests = 0;
      crm.before = async () => {
        requests += 1;
        if (requests === nth + 2) await core.crash();
      };
      await core.upsert('c1', contactBody({ relationshipNotes: ['one', 'two'] }));
      await core.converge();
      isWhole('one', 'two');
    },
  );

  it.each([1, 2, 3, 4])(
    'goes on where the process dies after request %i, and sends nothing twice',
    async (nth) => {
      let requests = 0;
      crm.before = async () => {
        requests += 1;
        if (requests === nth + 2)
          core.clock.sleep(21).then(
            () => core.crash(),
            () => undefined,
          );
      };
      await core.upsert('c1', contactBody({ relationshipNotes: ['one', 'two'] }));
      await core.converge();
      isWhole('one', 'two');
    },
  );
});
