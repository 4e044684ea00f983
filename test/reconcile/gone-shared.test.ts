import { describe, expect, it } from '@jest/globals';
import { contactBody, propertyBody } from '../support/builders.ts';
import { createCoreHarness } from '../support/core-harness.ts';

describe('a shared CRM record that people removed', () => {
  it('is made again once for all who shared it, and named anew to those that point at any of them', async () => {
    const core = await createCoreHarness();
    const emails = ['both@example.test'];
    await core.upsert('c1', contactBody({ name: 'Ada', emails }));
    await core.upsert('c2', contactBody({ name: 'Ada Again', emails }));
    await core.upsert('p1', propertyBody({ vendors: ['c1'] }));
    await core.converge();
    const [shared] = core.crm.of('contact');
    core.crm.records.delete(shared?.id ?? '');
    await core.upsert('c2', contactBody({ name: 'Ada Anew', emails }));
    await core.converge();
    const [made, ...others] = core.crm.of('contact');
    expect(others).toEqual([]);
    expect(made?.fields).toMatchObject({ firstName: 'Ada', lastName: 'Anew' });
    for (const id of ['c1', 'c2']) {
      expect(await core.link('contact', id)).toMatchObject({ dead: null, remote: { id: made?.id } });
    }
    expect(core.crm.of('property')[0]?.fields).toMatchObject({ vendors: [made?.id] });
    await core.close();
  });
});
