import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { startLinkComparison } from '../../src/runs/compare-links.ts';
import type { PeriodicLoop } from '../../src/runtime/periodic-loop.ts';
import { contactBody } from '../support/builders.ts';
import { createCoreHarness, type CoreHarness } from '../support/core-harness.ts';

describe('the comparison of records and links', () => {
  let core: CoreHarness;
  let loop: PeriodicLoop;
  const repaired: number[] = [];
  beforeEach(async () => {
    repaired.length = 0;
    core = await createCoreHarness();
    loop = startLinkComparison({
      store: core.store,
      clock: core.clock,
      everyMs: 10_000,
      onRepaired: (count) => repaired.push(count),
      mine: () => true,
      onError: (event, error) => core.errors.push({ event, error }),
    });
  });
  afterEach(async () => {
    const stopped = loop.stop();
    await core.close();
    await stopped;
    expect(core.errors).toEqual([]);
  });

  it('marks a link again whose mark was lost, and counts it', async () => {
    await core.upsert('c1', contactBody({ name: 'Ada One' }));
    await core.converge();
    // What no rule allows: the record goes on and nobody tells the link.
    const [record] = (await core.store.records.page('user-1', 'contact', null, 1)).items;
    if (record === undefined) throw new Error('no record');
    const body = contactBody({ name: 'Ada Two' });
    await core.store.records.write([
      { record: { ...record, body, revision: 2, version: 2 }, expectedRevision: 1 },
    ]);
    await core.clock.advance(200_000);
    expect(repaired).toEqual([1]);
    expect(core.crm.of('contact').map((one) => one.fields['lastName'])).toEqual(['Two']);
  });

  it('finds nothing to mend where every mark arrived, also for links that a full sync made', async () => {
    await core.patchConnection({ status: 'disconnected' });
    await core.upsert('c1', contactBody({ name: 'Ada One' }));
    await core.patchConnection({ status: 'active' });
    await core.runs.start(await core.connection());
    await core.clock.advance(200_000);
    await core.upsert('c1', contactBody({ name: 'Ada Two' }));
    await core.upsert('c2', contactBody({ name: 'Bob', emails: ['bad'] }));
    await core.remove('contact', 'c1');
    await core.clock.advance(400_000);
    expect(repaired).toEqual([]);
  });
});
