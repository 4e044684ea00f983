import { afterEach, describe, expect, it, jest } from '@jest/globals';
import type { ChangeEvent } from '../../src/domain/change-event.ts';
import type { OpenedSession } from '../../src/delivering/crm-sessions.port.ts';
import { contactBody } from '../support/builders.ts';
import { createCoreHarness, HARNESS_USER, type CoreHarness } from '../support/core-harness.ts';

const ada = contactBody({ name: 'Ada Lovelace', emails: ['ada@example.test'] });
/** So long that nothing here is the poll's doing. */
const NO_POLL_MS = 600_000;
const WITHHELD: OpenedSession = {
  ok: false,
  failure: { kind: 'withheld', code: 'BREAKER_OPEN', detail: '' },
};
const EVENT: Omit<ChangeEvent, 'entityId' | 'version' | 'body'> = {
  kind: 'contact',
  eventId: 'e',
  occurredAt: 0,
  operation: 'UPSERT',
  origin: 'zena',
  causationId: null,
  userId: HARNESS_USER,
  accountId: null,
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

  it('finds at once what changed while it was delivered, though another call hangs', async () => {
    core = await createCoreHarness({ pollEveryMs: NO_POLL_MS });
    await core.upsert('c1', ada);
    await core.upsert('c2', contactBody({ name: 'Grace Hopper', emails: ['grace@example.test'] }));
    await core.converge();
    const [began, first] = [core.clock.now(), core.crm.calls.length];
    let updates = 0;
    core.crm.fault = (verb) => (verb === 'update' && updates++ === 0 ? 'dropped' : 'none');
    await core.upsert('c2', contactBody({ name: 'Grace M. Hopper', emails: ['grace@example.test'] }));
    await core.clock.advance(1);
    await core.upsert('c1', contactBody({ name: 'Ada King', emails: ['ada@example.test'] }));
    await core.clock.advance(5);
    await core.upsert('c1', contactBody({ name: 'Ada, Countess of Lovelace', emails: ['ada@example.test'] }));
    await core.clock.advance(100);
    const { remote } = (await core.link('contact', 'c1')) ?? {};
    const made = core.crm.calls.slice(first).filter(({ id }) => id === remote?.id);
    expect(made.map(({ verb, at }) => [verb, at - began < 100])).toEqual([
      ['update', true],
      ['update', true],
    ]);
    await core.converge();
  });

  it('is a handful at a time in a backlog, however much of it changes while it is delivered', async () => {
    core = await createCoreHarness({ pollEveryMs: NO_POLL_MS });
    const change = async (name: string, version: number): Promise<void> => {
      await core.take(
        Array.from({ length: 100 }, (_, index) => {
          const body = contactBody({ name, emails: [`c${index}@example.test`] });
          return { type: 'event', event: { ...EVENT, entityId: `c${index}`, version, body }, place: null };
        }),
      );
    };
    await change('one', 1);
    await core.converge();
    const claims = jest.spyOn(core.store.links, 'claim');
    await change('two', 2);
    await core.clock.advance(5);
    await change('three', 3);
    await core.converge();
    const took = await Promise.all(claims.mock.results.map(({ value }) => value as Promise<unknown[]>));
    const sizes = took.map(({ length }) => length).filter((length) => length > 0);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeGreaterThan(100);
    // But for what the last of a change leaves over.
    expect(sizes.filter((size) => size < 4).length).toBeLessThanOrEqual(2);
  });
});
