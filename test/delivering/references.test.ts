import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createCoreHarness, type CoreHarness } from '../support/core-harness.ts';
import { contactBody, dealBody, propertyBody } from '../support/builders.ts';

const ada = contactBody({ name: 'Ada Lovelace', emails: ['ada@example.test'] });

describe('references', () => {
  let core: CoreHarness;
  beforeEach(async () => {
    core = await createCoreHarness();
  });
  afterEach(async () => {
    expect(core.errors).toEqual([]);
    await core.close();
  });

  it('wait for the records that a deal needs, and only the CRM ids are sent', async () => {
    await core.upsert('d1', dealBody({ propertyId: 'p1', contacts: ['c1', 'unknown'], stage: 'offer' }));
    await core.upsert('p1', propertyBody({ address: '1 High Street', vendors: ['c1'] }));
    await core.upsert('c1', ada);
    await core.converge();
    const contact = core.crm.of('contact')[0]?.id;
    const property = core.crm.of('property')[0]?.id;
    expect(core.crm.of('property')[0]?.fields['vendors']).toEqual([contact]);
    expect(core.crm.of('deal').map((record) => record.fields)).toMatchObject([
      { propertyId: property, contacts: [contact] },
    ]);
  });

  it('bring along what was known before the CRM was connected', async () => {
    await core.patchConnection({ status: 'disconnected' });
    await core.upsert('p1', propertyBody({ address: '1 High Street' }));
    await core.patchConnection({ status: 'active' });
    await core.upsert('d1', dealBody({ propertyId: 'p1' }));
    await core.converge();
    expect(core.crm.of('deal')[0]?.fields['propertyId']).toBe(core.crm.of('property')[0]?.id);
  });

  it('go without one that does not come within a minute, and follow when it comes', async () => {
    core.crm.fault = (verb) => (verb === 'find' ? 'refused' : 'none');
    await core.upsert('p1', propertyBody({ address: '1 High Street' }));
    await core.upsert('d1', dealBody({ propertyId: 'p1' }));
    await core.clock.advance(62_000);
    expect(core.crm.of('deal').map((record) => record.fields['propertyId'])).toEqual([null]);
    core.crm.fault = () => 'none';
    await core.converge();
    expect(core.crm.of('deal').map((record) => record.fields['propertyId'])).toEqual([
      core.crm.of('property')[0]?.id,
    ]);
  });

  it('go at once without one that has nothing in it, but a deal without its property, and follow when there is', async () => {
    await core.upsert('c1', contactBody({ name: '', emails: [], phones: [] }));
    await core.upsert('p2', propertyBody({ address: '' }));
    await core.upsert('p1', propertyBody({ address: '1 High Street', vendors: ['c1'] }));
    await core.upsert('d1', dealBody({ propertyId: 'p1', contacts: ['c1'] }));
    await core.upsert('d2', dealBody({ propertyId: 'p2', contacts: ['c1'], stage: 'offer' }));
    await core.clock.advance(5_000);
    expect(core.crm.of('property').map(({ fields }) => fields['vendors'])).toEqual([[]]);
    // It waits for what it names, known or not, so long from its event.
    expect(core.crm.of('deal').map(({ fields }) => fields['contacts'])).toEqual([[]]);
    await core.clock.advance(57_000);
    expect(core.crm.of('deal').map(({ fields }) => fields['propertyId'])).toContain(null);
    const { runId } = await core.runs.start(await core.connection());
    await core.converge(120_000);
    expect((await core.runs.progress(runId))?.totals).toMatchObject({ unchanged: 3, retrying: 0, failed: 0 });
    await core.upsert('c1', ada);
    await core.converge();
    const contact = core.crm.of('contact')[0]?.id;
    expect(core.crm.of('property')[0]?.fields['vendors']).toEqual([contact]);
    expect(core.crm.of('deal').map(({ fields }) => fields['contacts'])).toEqual([[contact], [contact]]);
  });

  it('bring along one that had nothing in it, and was filled while the CRM was not connected', async () => {
    await core.upsert('c1', contactBody({ name: '', emails: [], phones: [] }));
    await core.upsert('p1', propertyBody({ address: '1 High Street' }));
    await core.converge();
    await core.patchConnection({ status: 'disconnected' });
    await core.upsert('c1', ada);
    await core.patchConnection({ status: 'active' });
    await core.upsert('d1', dealBody({ propertyId: 'p1', contacts: ['c1'] }));
    await core.converge();
    expect(core.crm.of('deal').map(({ fields }) => fields['contacts'])).toEqual([
      [core.crm.of('contact')[0]?.id],
    ]);
    expect(core.crm.of('contact')).toHaveLength(1);
  });

  it('keep no change of what is in the CRM back for a contact whose create backs off', async () => {
    await core.upsert('p1', propertyBody({ address: '1 High Street' }));
    await core.upsert('d1', dealBody({ propertyId: 'p1' }));
    await core.converge();
    core.crm.fault = (verb) => (verb === 'create' ? 'refused' : 'none');
    await core.upsert('c1', ada);
    await core.clock.advance(5_000);
    await core.upsert('p1', propertyBody({ address: '1 High Street', vendors: ['c1'], riskOverview: 'new' }));
    await core.upsert('d1', dealBody({ propertyId: 'p1', contacts: ['c1'], summary: 'new' }));
    await core.clock.advance(1_000);
    expect(core.crm.of('contact')).toEqual([]);
    expect(core.crm.of('property').map(({ fields }) => fields['riskOverview'])).toEqual(['new']);
    expect(core.crm.of('deal').map(({ fields }) => fields['summary'])).toEqual(['new']);
    core.crm.fault = () => 'none';
    await core.converge();
    const contact = core.crm.of('contact')[0]?.id;
    expect(core.crm.of('property')[0]?.fields['vendors']).toEqual([contact]);
    expect(core.crm.of('deal')[0]?.fields['contacts']).toEqual([contact]);
  });

  it('hold while the record they point at is deleted and comes back before the CRM heard of it', async () => {
    await core.upsert('p1', propertyBody({ address: '1 High Street' }));
    await core.converge();
    await core.upsert('d1', dealBody({ propertyId: 'p1' }));
    await core.remove('property', 'p1');
    await core.upsert('p1', propertyBody({ address: '1 High Street' }));
    await core.converge();
    expect(core.crm.of('deal').map((record) => record.fields['propertyId'])).toEqual([
      core.crm.of('property')[0]?.id,
    ]);
  });

  it('update the deal whose stage changed instead of making another', async () => {
    await core.upsert('p1', propertyBody({ address: '1 High Street' }));
    await core.upsert('d1', dealBody({ propertyId: 'p1', stage: 'offer' }));
    await core.converge();
    await core.upsert('d1', dealBody({ propertyId: 'p1', stage: 'settled' }));
    await core.converge();
    expect(core.crm.of('deal').map((record) => record.fields['stage'])).toEqual(['settled']);
  });

  it('give two live deals of one property and stage a CRM deal each', async () => {
    await core.upsert('p1', propertyBody({ address: '1 High Street' }));
    await core.upsert('d1', dealBody({ propertyId: 'p1', stage: 'offer', summary: 'one' }));
    await core.converge();
    await core.clock.advance(5_000);
    await core.upsert('d2', dealBody({ propertyId: 'p1', stage: 'offer', summary: 'two' }));
    await core.converge();
    expect(
      core.crm
        .of('deal')
        .map((record) => record.fields['summary'])
        .sort(),
    ).toEqual(['one', 'two']);
  });
});
