import { afterEach, describe, expect, it, jest } from '@jest/globals';
import type { OpenedSession } from '../../src/reconcile/crm-sessions.ts';
import { contactBody } from '../support/builders.ts';
import { createCoreHarness, type CoreHarness } from '../support/core-harness.ts';

const ada = contactBody({ name: 'Ada Lovelace', emails: ['ada@example.test'] });
/** So long that nothing here is the poll's doing. */
const NO_POLL_MS = 600_000;
const WITHHELD: OpenedSession = {
  ok: false,
  failure: { kind: 'withheld', code: 'BREAKER_OPEN', detail: '' },
};

describe('a worker’s last look for due links', () => {
  let core: CoreHarness;
  afterEach(async () => {
    expect(core.errors).toEqual([]);
    await core.close();
  });

  it('is left out where all that it had came to rest', async () => {
    core = await createCoreHarness({ pollEveryMs: NO_POLL_MS });
    await core.clock.advance(1);
    const claims = jest.spyOn(core.store.links, 'claim');
    await core.upsert('c1', ada);
    await core.clock.advance(1_000);
    expect(core.crm.of('contact')).toHaveLength(1);
    // One for all lanes, once.
    expect(claims.mock.calls.map(([{ lane }]) => lane)).toEqual([null]);
  });

  it('finds what it had to put back as due', async () => {
    core = await createCoreHarness({ pollEveryMs: NO_POLL_MS });
    const { hold } = core.crm;
    let withheld = 0;
    core.crm.hold = async (connection, lease) => {
      const held = await hold(connection, lease);
      return {
        ...held,
        open: (options) => (withheld++ === 0 ? Promise.resolve(WITHHELD) : held.open(options)),
      };
    };
    await core.upsert('c1', ada);
    await core.clock.advance(1_000);
    expect(withheld).toBe(2);
    expect(core.crm.of('contact')).toHaveLength(1);
  });
});
