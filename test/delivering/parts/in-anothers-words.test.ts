import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { dealBody, propertyBody } from '../../support/builders.ts';
import { createCoreHarness, type CoreHarness } from '../../support/core-harness.ts';
import { createPartsCrm, type PartsCrm } from '../../support/parts-crm.ts';

describe('a record that says something in another’s words', () => {
  let core: CoreHarness;
  let crm: PartsCrm;
  beforeEach(async () => {
    core = await createCoreHarness({ sessions: ({ clock }) => (crm = createPartsCrm(clock)) });
  });
  afterEach(async () => {
    expect(core.errors).toEqual([]);
    await core.close();
  });

  const titles = () => crm.of('deal').map(({ fields }) => fields['title']);
  const say = async (address: string, over = {}): Promise<void> => {
    await core.clock.advance(1_000);
    await core.upsert('p1', propertyBody({ address }), over);
    await core.converge();
  };

  it('follows its changes', async () => {
    await say('1 High Street');
    await core.upsert('d1', dealBody({ propertyId: 'p1' }));
    await core.converge();
    expect(titles()).toEqual(['1 High Street: offer']);
    await say('2 High Street');
    expect(titles()).toEqual(['2 High Street: offer']);
    const before = crm.calls.length;
    await core.upsert('p1', propertyBody({ address: '2 High Street', riskOverview: 'none' }));
    await core.converge();
    expect(crm.calls.slice(before).filter(({ verb }) => verb === 'update')).toEqual([]);
    expect(crm.calls.length - before).toBeLessThanOrEqual(1);
  });

  it('follows it also where the store failed before it was told, and the event comes again', async () => {
    await say('1 High Street');
    await core.upsert('d1', dealBody({ propertyId: 'p1' }));
    await core.converge();
    const wake = jest.spyOn(core.store.links, 'wake').mockRejectedValueOnce(new Error('away'));
    const again = { version: 2, eventId: 'e-2' };
    await expect(core.upsert('p1', propertyBody({ address: '2 High Street' }), again)).rejects.toThrow(
      'away',
    );
    await core.converge();
    expect(titles()).toEqual(['1 High Street: offer']);
    wake.mockRestore();
    await core.upsert('p1', propertyBody({ address: '2 High Street' }), again);
    await core.converge();
    expect(titles()).toEqual(['2 High Street: offer']);
  });

  it('says nothing of what is another user’s', async () => {
    await core.upsert('d1', dealBody({ propertyId: 'p1' }));
    await say('1 High Street', { userId: 'user-2' });
    expect(titles()).toEqual(['no property: offer']);
    await say('1 High Street', { userId: 'user-1' });
    expect(titles()).toEqual(['1 High Street: offer']);
    await say('3 High Street', { userId: 'user-2' });
    expect(titles()).toEqual(['no property: offer']);
  });
});
