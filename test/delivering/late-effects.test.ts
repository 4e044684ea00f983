import { describe, expect, it } from '@jest/globals';
import { contactBody } from '../support/builders.ts';
import { createCoreHarness } from '../support/core-harness.ts';

describe('an update without an answer', () => {
  it('is not overtaken by another contact that shares the CRM record', async () => {
    const core = await createCoreHarness({ retryDelaysMs: [1_000] });
    const emails = ['both@example.test'];
    await core.upsert('c1', contactBody({ name: 'Ada', emails }));
    await core.upsert('c2', contactBody({ name: 'Bea', emails }));
    await core.converge();
    // The connection ends at once, and the CRM takes the request at the end of its deadline.
    let cut = true;
    core.crm.fault = (verb) => (verb === 'update' && cut ? 'cut_late' : 'none');
    await core.upsert('c1', contactBody({ name: 'Ada Late', emails }));
    await core.clock.advance(200);
    cut = false;
    await core.upsert('c2', contactBody({ name: 'Bea Last', emails }));
    await core.converge();
    await core.clock.advance(30_000);
    expect(core.crm.of('contact').map(({ fields }) => fields['firstName'])).toEqual(['Bea']);
    expect(core.crm.of('contact').map(({ fields }) => fields['lastName'])).toEqual(['Last']);
    await core.close();
  });
});
