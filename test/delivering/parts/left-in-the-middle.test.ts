import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { contactBody } from '../../support/builders.ts';
import { createCoreHarness, type CoreHarness } from '../../support/core-harness.ts';
import { createPartsCrm, type PartsCrm } from '../../support/parts-crm.ts';

const contact = (email: string, role: string) =>
  contactBody({ emails: [email], role, relationshipNotes: [] });

describe('what takes over from a delivery that ended between its requests', () => {
  let core: CoreHarness;
  let crm: PartsCrm;
  beforeEach(async () => {
    core = await createCoreHarness({ sessions: ({ clock }) => (crm = createPartsCrm(clock)) });
    await core.upsert('c1', contact('ada@example.test', 'buyer'));
    await core.converge();
  });
  afterEach(async () => {
    await core.close();
  });

  const held = () => crm.of('contact').map(({ id, fields: { email, tags } }) => ({ id, email, tags }));

  /** All of it stands in the CRM, and nobody heard. */
  async function endAtSettling(end: () => Promise<void>): Promise<void> {
    const { settle } = core.store.links;
    Object.assign(core.store.links, {
      settle: async () => {
        Object.assign(core.store.links, { settle });
        await end();
        throw new Error('the store is away');
      },
    });
    await core.clock.advance(1_000);
  }
  const ends: [string, () => Promise<void>][] = [
    ['a store that was away', () => Promise.resolve()],
    ['the end of its process', () => core.crash()],
  ];

  it.each(ends)(
    'is another of the e-mail that it had: a CRM record for each after %s',
    async (_what, end) => {
      await core.upsert('c1', contact('bo@example.test', 'vendor'));
      await endAtSettling(end);
      expect(held()).toEqual([{ id: 'p-1', email: 'bo@example.test', tags: ['vendor'] }]);
      await core.upsert('c2', contact('ada@example.test', 'buyer'));
      await core.converge();
      expect(held()).toEqual([
        { id: 'p-1', email: 'bo@example.test', tags: ['vendor'] },
        { id: 'p-2', email: 'ada@example.test', tags: ['buyer'] },
      ]);
    },
  );

  it.each(ends)(
    'is one that shares its CRM record, and writes each part anew after %s',
    async (_what, end) => {
      await core.upsert('c1', contact('ada@example.test', 'vendor'));
      await endAtSettling(end);
      await core.upsert('c2', contact('ada@example.test', 'buyer'));
      await core.converge();
      expect(held()).toEqual([{ id: 'p-1', email: 'ada@example.test', tags: ['buyer'] }]);
    },
  );
});
