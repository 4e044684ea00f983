import { describe, expect, it } from '@jest/globals';
import { contactBody } from '../support/builders.ts';
import { createCoreHarness } from '../support/core-harness.ts';

const emails = ['both@example.test'];
const ada = contactBody({ name: 'Ada', emails });

describe('a contact that comes back with the content that it had', () => {
  it('is written again where another took its CRM record over meanwhile', async () => {
    const core = await createCoreHarness();
    await core.upsert('c1', ada);
    await core.converge();
    await core.upsert('c1', ada, { userId: 'user-2' });
    await core.clock.advance(5_000);
    await core.upsert('c2', contactBody({ name: 'Bea', emails }));
    await core.converge();
    expect(core.crm.of('contact').map(({ fields }) => fields['firstName'])).toEqual(['Bea']);
    await core.upsert('c1', ada);
    await core.converge();
    expect(core.crm.of('contact').map(({ fields }) => fields['firstName'])).toEqual(['Ada']);
    await core.close();
  });
});
