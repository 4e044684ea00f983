import { describe, expect, it } from '@jest/globals';
import { contactBody, propertyBody } from '../../support/builders.ts';
import { createCoreHarness } from '../../support/core-harness.ts';

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

describe('a shared CRM record that people merged into another, in a CRM that searches exactly', () => {
  it('is found there by the e-mail as the other who shared it had written it', async () => {
    const core = await createCoreHarness();
    core.crm.findsExactly = true;
    await core.upsert('c1', contactBody({ name: 'Ada', emails: ['both@example.test'] }));
    await core.converge();
    await core.upsert('c2', contactBody({ name: 'Ada Again', emails: ['Both@Example.test'] }));
    await core.converge();
    const [shared] = core.crm.of('contact');
    expect(shared?.fields['email']).toBe('Both@Example.test');
    core.crm.records.delete(shared?.id ?? '');
    const survivor = core.crm.add('contact', { email: 'Both@Example.test', notes: 'theirs' }, 0);
    await core.clock.advance(3_000);
    await core.upsert('c1', contactBody({ name: 'Ada Anew', emails: ['both@example.test'] }));
    await core.converge();
    expect(core.crm.of('contact').map(({ id }) => id)).toEqual([survivor]);
    expect(core.crm.of('contact')[0]?.fields).toMatchObject({ lastName: 'Anew', notes: 'theirs' });
    expect(core.errors).toEqual([]);
    await core.close();
  });
});

describe('a contact that moves to another user', () => {
  it('leaves the CRM record that it shared to those who stay, with their content', async () => {
    const core = await createCoreHarness();
    const emails = ['both@example.test'];
    await core.upsert('c1', contactBody({ name: 'Stays Here', emails }));
    await core.converge();
    await core.clock.advance(1_000);
    await core.upsert('c2', contactBody({ name: 'Moves Away', emails }));
    await core.converge();
    expect(core.crm.of('contact').map((record) => record.fields['lastName'])).toEqual(['Away']);
    await core.upsert('c2', contactBody({ name: 'Moved Away', emails }), { userId: 'user-2' });
    await core.converge();
    expect(core.crm.of('contact').map((record) => record.fields['lastName'])).toEqual(['Here']);
    expect(await core.link('contact', 'c2')).toMatchObject({ remote: null, nextAt: null });
    await core.close();
  });

  it('stays where it is in the CRM of the user that it left, when nobody shares it', async () => {
    const core = await createCoreHarness();
    await core.upsert('c1', contactBody({ name: 'Ada Lovelace' }));
    await core.converge();
    const before = core.crm.calls.length;
    await core.upsert('c1', contactBody({ name: 'Ada King' }), { userId: 'user-2' });
    await core.converge();
    expect(core.crm.calledSince(before)).toBe(0);
    expect(core.crm.of('contact').map((record) => record.fields['lastName'])).toEqual(['Lovelace']);
    await core.close();
  });
});
