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

  it.each([
    ['was never answered', 'lost'],
    ['was answered with the CRM’s own 500', 'failed'],
  ] as const)('that %s is in doubt, also where the credentials are refused by then', async (_how, fault) => {
    const core = await createCoreHarness();
    const emails = ['ada@example.test'];
    await core.upsert('c1', contactBody({ name: 'Ada', emails, phones: [] }));
    await core.converge();
    core.crm.fault = (verb) => {
      if (verb === 'verify') core.crm.unauthorised = true;
      return verb === 'update' ? fault : 'none';
    };
    await core.upsert('c1', contactBody({ name: 'Ada', emails, phones: ['021 555 0100'] }));
    await core.clock.advance(30_000);
    expect(await core.connection()).toMatchObject({ status: 'needs_reauth' });
    core.crm.fault = () => 'none';
    core.crm.unauthorised = false;
    // Before anybody connects again, Zena has no phone any more: what stands there is ours, and goes.
    await core.upsert('c1', contactBody({ name: 'Ada', emails, phones: [] }));
    await core.patchConnection({ status: 'active', epoch: (await core.connection()).epoch + 1 });
    await core.converge();
    expect(core.crm.of('contact').map(({ fields }) => fields['phone'] ?? '')).toEqual(['']);
    expect(core.errors).toEqual([]);
    await core.close();
  });
});
