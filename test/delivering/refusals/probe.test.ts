import { describe, expect, it } from '@jest/globals';
import { contactBody } from '../../support/builders.ts';
import { createCoreHarness } from '../../support/core-harness.ts';

describe('the probe', () => {
  it('does not go out once the connection has changed', async () => {
    const core = await createCoreHarness();
    core.crm.fault = () => 'dropped';
    await core.upsert('c1', contactBody());
    await core.clock.advance(1_000);
    const now = await core.connection();
    const gone = { ...now, status: 'disconnected', sealed: null, epoch: now.epoch + 1 } as const;
    // By another process, which nobody hears of here.
    await core.store.connections.replace({ ...gone, revision: now.revision + 1 }, now.revision);
    const before = core.crm.calls.length;
    expect(before).toBe(1);
    await core.clock.advance(30_000);
    expect(core.crm.calledSince(before)).toBe(0);
    await core.close();
  });
});
