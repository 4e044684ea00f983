import { describe, expect, it } from '@jest/globals';
import type { CrmHold } from '../../src/delivering/crm-sessions.port.ts';
import { contactBody } from '../support/builders.ts';
import { createCoreHarness } from '../support/core-harness.ts';

describe('a connection whose key is not here', () => {
  it('waits without a call or an attempt, and goes on once somebody else has sealed it anew', async () => {
    const core = await createCoreHarness();
    const hold = core.crm.hold.bind(core.crm);
    const missing = { kind: 'withheld', code: 'KEYS_UNAVAILABLE', detail: '' } as const;
    let opened = 0;
    let until: number | null = null;
    Object.assign(core.crm, {
      async hold(...[connection, lease]: Parameters<typeof hold>): Promise<CrmHold> {
        const held = await hold(connection, lease);
        if (connection.sealed?.keyId === 'here') return held;
        return {
          ...held,
          pausedUntil: () => until,
          open: async () => {
            opened += 1;
            until = core.clock.now() + 10_000;
            return { ok: false, failure: missing };
          },
        };
      },
    });
    await core.upsert('c1', contactBody());
    await core.clock.advance(60_000);
    expect(core.crm.calls).toEqual([]);
    expect(opened).toBeGreaterThan(3);
    expect(opened).toBeLessThan(10);
    const { status, health, revision, sealed, epoch } = await core.connection();
    expect([status, health.reason, health.whoCanFix]).toEqual(['active', 'KEYS_UNAVAILABLE', 'operator']);
    // By another process, which nobody hears of here.
    const anew = { ...sealed, v: 2, keyId: 'here', nonce: 'n', tag: 't', data: 'd' };
    expect(await core.store.connections.reseal('conn-1', anew, revision)).toBe(true);
    await core.clock.advance(20_000);
    expect(core.crm.of('contact')).toHaveLength(1);
    expect(await core.connection()).toMatchObject({ epoch, health: { state: 'healthy' } });
    expect(core.errors).toEqual([]);
    await core.close();
  });
});
