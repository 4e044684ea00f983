import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { contactBody } from '../../support/builders.ts';
import { createCoreHarness, type CoreHarness } from '../../support/core-harness.ts';

const HOUR_MS = 3_600_000;

describe('an outage of a CRM', () => {
  let core: CoreHarness;
  beforeEach(async () => {
    core = await createCoreHarness({ pollEveryMs: 10_000 });
    for (const id of ['c1', 'c2', 'c3'])
      await core.upsert(id, contactBody({ name: 'Old', emails: [`${id}@a.test`] }));
    await core.converge();
    core.crm.fault = () => 'refused';
    for (const id of ['c1', 'c2', 'c3'])
      await core.upsert(id, contactBody({ name: 'New', emails: [`${id}@a.test`] }));
  });
  afterEach(async () => {
    expect(core.errors).toEqual([]);
    await core.close();
  });
  const names = () => core.crm.of('contact').map(({ fields }) => fields['firstName']);

  it('gives nothing up and counts nothing, and costs a probe now and then', async () => {
    const before = core.crm.calls.length;
    await core.clock.advance(6 * HOUR_MS);
    const calls = core.crm.calls.slice(before);
    expect(calls.filter(({ verb }) => verb !== 'verify').length).toBeLessThanOrEqual(3);
    // Every five minutes, and eight in the first of them.
    expect(calls.length).toBeLessThan(6 * 12 + 16);
    expect(calls.length).toBeGreaterThan(6 * 12 - 5);
    expect(await core.connection()).toMatchObject({
      status: 'active',
      health: { state: 'unreachable', whoCanFix: 'crm' },
    });
    expect(await core.link('contact', 'c1')).toMatchObject({ attempts: 0, dead: null });
    core.crm.fault = () => 'none';
    await core.converge(600_000);
    expect(names()).toEqual(['New', 'New', 'New']);
    expect((await core.connection()).health.state).toBe('healthy');
  });

  it('is over at once where a person asks', async () => {
    await core.clock.advance(HOUR_MS);
    core.crm.fault = () => 'none';
    core.reconciler.askNow('conn-1');
    await core.clock.advance(1_000);
    expect(names()).toEqual(['New', 'New', 'New']);
  });

  it('goes on where a person asks too early, with waits that begin anew', async () => {
    await core.clock.advance(HOUR_MS);
    const before = core.crm.calls.length;
    core.reconciler.askNow('conn-1');
    await core.clock.advance(15_000);
    // At once, and after 2, 4 and 8 seconds.
    expect(core.crm.calledSince(before, 'verify')).toBe(4);
    expect(core.crm.calledSince(before)).toBe(4);
  });
});
