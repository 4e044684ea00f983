import { describe, expect, it } from '@jest/globals';
import { createCoreHarness } from '../support/core-harness.ts';
import { contactBody } from '../support/builders.ts';

const ada = contactBody({ name: 'Ada Lovelace', emails: ['ada@example.test'] });

describe('deletes', () => {
  it.each([
    { deletions: 'created', adopted: false, left: 0 },
    { deletions: 'created', adopted: true, left: 1 },
    { deletions: 'all', adopted: true, left: 0 },
    { deletions: 'never', adopted: false, left: 1 },
  ] as const)(
    'leave $left in the CRM under "$deletions" when adopted is $adopted',
    async ({ deletions, adopted, left }) => {
      const core = await createCoreHarness({ syncConfig: { deletions } });
      if (adopted) core.crm.add('contact', { email: 'ada@example.test' }, core.clock.now() - 10_000);
      await core.upsert('c1', ada);
      await core.converge();
      await core.remove('contact', 'c1');
      await core.converge();
      expect(core.crm.of('contact')).toHaveLength(left);
      await core.close();
    },
  );

  it('is not undone by a late older update', async () => {
    const core = await createCoreHarness();
    await core.upsert('c1', ada);
    await core.remove('contact', 'c1');
    expect(await core.upsert('c1', ada, { version: 1 })).toBe('stale');
    await core.converge();
    expect(core.crm.of('contact')).toEqual([]);
    await core.close();
  });

  it('are not sent for a record that is back by the time its CRM record was read', async () => {
    const core = await createCoreHarness();
    await core.upsert('c1', ada);
    await core.converge();
    const [made] = core.crm.of('contact');
    const back: Promise<unknown>[] = [];
    core.crm.fault = (verb) => {
      if (verb === 'read' && back.length === 0) back.push(core.upsert('c1', ada));
      return 'none';
    };
    await core.remove('contact', 'c1');
    await core.converge();
    await Promise.all(back);
    expect(core.crm.calledSince(0, 'delete')).toBe(0);
    expect(core.crm.of('contact').map(({ id }) => id)).toEqual([made?.id]);
    expect(await core.link('contact', 'c1')).toMatchObject({ remote: { id: made?.id }, nextAt: null });
    await core.close();
  });

  it('that nobody heard the end of do not pass for undone when the same content comes back', async () => {
    const core = await createCoreHarness({ retryDelaysMs: [60_000] });
    await core.upsert('c1', ada);
    await core.converge();
    core.crm.fault = (verb) => (verb === 'delete' ? 'lost' : 'none');
    await core.remove('contact', 'c1');
    await core.clock.advance(15_000);
    expect(core.crm.of('contact')).toEqual([]);
    await core.upsert('c1', ada);
    await core.converge();
    expect(core.crm.of('contact')).toHaveLength(1);
    expect(await core.link('contact', 'c1')).toMatchObject({ remote: { id: core.crm.of('contact')[0]?.id } });
    await core.close();
  });

  it('makes a new CRM record when the entity comes back', async () => {
    const core = await createCoreHarness();
    await core.upsert('c1', ada);
    await core.converge();
    await core.remove('contact', 'c1');
    await core.converge();
    await core.upsert('c1', ada);
    await core.converge();
    expect(core.crm.of('contact')).toHaveLength(1);
    await core.close();
  });
});
