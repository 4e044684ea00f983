import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Change } from '../../src/domain/change-event.ts';
import type { EntityBody } from '../../src/domain/entity.ts';
import { contactBody, dealBody, propertyBody } from '../support/builders.ts';
import { createCoreHarness, HARNESS_USER, type CoreHarness } from '../support/core-harness.ts';

const IMPORTED = 5_000;
const BATCH = 500;
/** 50 calls a second. */
const CALL_EVERY_MS = 20;

describe('Behind an import of 5,000 changes into the same connection', () => {
  let core: CoreHarness;
  beforeEach(async () => {
    core = await createCoreHarness({ callEveryMs: CALL_EVERY_MS });
  });
  afterEach(() => core.close());

  const imported = (from: number, count: number): Change[] =>
    Array.from({ length: count }, (_, at) => ({
      type: 'event',
      place: null,
      event: {
        kind: 'contact',
        entityId: `i${from + at}`,
        body: contactBody({ name: `Im Ported ${from + at}`, emails: [`i${from + at}@example.com`] }),
        eventId: `e${from + at}`,
        occurredAt: core.clock.now(),
        userId: HARNESS_USER,
        accountId: null,
        version: 1,
        operation: 'UPSERT',
        origin: 'zena',
        causationId: null,
      },
    }));
  const importAll = async (batch = BATCH): Promise<void> => {
    for (let from = 0; from < IMPORTED; from += batch) await core.take(imported(from, batch));
  };
  const names = (): unknown[] => core.crm.of('contact').map(({ fields }) => fields['firstName']);
  const person = (name: string): EntityBody =>
    contactBody({ name, emails: [`${name.toLowerCase()}@example.com`] });

  it('a change that comes by itself is delivered within a second', async () => {
    await importAll();
    await core.clock.advance(10_000);
    expect(names()).not.toHaveLength(0);
    await core.upsert('c1', person('Ada'));
    await core.clock.advance(1_000);
    expect(names()).toContain('Ada');
  });

  it('so it is right after the import, while none of that was delivered', async () => {
    await importAll();
    await core.upsert('c1', person('Ada'));
    await core.clock.advance(1_000);
    expect(names()).toContain('Ada');
  });

  it('a record of the import that a person changes goes at once', async () => {
    await importAll();
    await core.clock.advance(10_000);
    await core.upsert(`i${IMPORTED - 1}`, person('Ada'), { version: 2 });
    await core.clock.advance(1_000);
    expect(names()).toContain('Ada');
  });

  it('so do those that a person changes together, each with its references', async () => {
    await importAll();
    await core.clock.advance(10_000);
    await core.upsert('d1', dealBody({ propertyId: 'p1', contacts: ['c1'] }));
    await core.upsert('p1', propertyBody({ address: '1 High Street' }));
    await core.upsert('c1', person('Ada'));
    await core.clock.advance(4_000);
    const [property] = core.crm.of('property');
    const ada = core.crm.of('contact').find(({ fields }) => fields['firstName'] === 'Ada');
    expect(core.crm.of('deal').map(({ fields }) => fields)).toMatchObject([
      { propertyId: property?.id, contacts: [ada?.id] },
    ]);
  });

  it('a change that comes some seconds after an import that trickled in one by one is, too', async () => {
    for (let from = 0; from < 1_000; from += 1) {
      await core.take(imported(from, 1));
      await core.clock.advance(2);
    }
    await core.clock.advance(3_000);
    await core.upsert('c1', person('Ada'));
    await core.clock.advance(1_000);
    expect(names()).toContain('Ada');
  });

  it('the import goes on all the while, and people hold it up by no more than what they change', async () => {
    await importAll();
    for (let second = 0; second < 60; second += 1) {
      await core.upsert(`c${second}`, person(`Ada${second}`));
      await core.clock.advance(1_000);
    }
    const delivered = names();
    expect(delivered.filter((name) => String(name).startsWith('Ada')).length).toBeGreaterThanOrEqual(58);
    // A create takes two calls.
    expect(delivered.length).toBeGreaterThan(0.9 * 60 * 25);
  });
});
