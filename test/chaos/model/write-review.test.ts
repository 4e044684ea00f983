import { describe, expect, it } from '@jest/globals';
import { startVaultSandbox } from '../../../src/sandbox/mri-vault/vault-sandbox.ts';
import { createWriteReview, type ToldWrite } from './write-review.ts';

const ANNA = { email: 'anna@example.test' };

/** What a CRM tells of some work, done by its people. */
async function toldBy(
  work: (crm: Awaited<ReturnType<typeof startVaultSandbox>>) => void,
): Promise<ToldWrite[]> {
  const crm = await startVaultSandbox();
  try {
    work(crm);
    return crm.writes(0).map((write) => ({ ...write, at: new Date(write.at).toISOString() }));
  } finally {
    await crm.close();
  }
}

function findingsOf(writes: readonly ToldWrite[]) {
  const review = createWriteReview();
  review.take(writes);
  return review.findings();
}

describe('the review of a CRM’s writes', () => {
  it('finds nothing wrong with a create, newer content, a delete and another create', async () => {
    const writes = await toldBy((crm) => {
      const [anna] = crm.seed('contacts', [{ ...ANNA, notes: 'version 1' }]);
      crm.editRecord('contacts', anna?.id ?? '', { notes: 'version 3' });
      crm.editRecord('contacts', anna?.id ?? '', { phone: '1' });
      crm.deleteRecord('contacts', anna?.id ?? '');
      crm.seed('contacts', [{ ...ANNA, notes: 'version 1' }]);
    });
    expect(findingsOf(writes)).toEqual({
      creates: 2,
      writes: 2,
      removes: 1,
      duplicates: [],
      staleOverwrites: [],
      leakedIds: [],
    });
  });

  it('finds a second create of what is there, also when one of the two is deleted afterwards', async () => {
    const writes = await toldBy((crm) => {
      crm.seed('contacts', [ANNA, { email: 'ben@example.test' }]);
      const [second] = crm.seed('contacts', [ANNA]);
      crm.deleteRecord('contacts', second?.id ?? '');
    });
    expect(findingsOf(writes).duplicates).toEqual([expect.stringContaining('contact anna@example.test')]);
  });

  it.each([
    ['contacts', { email: 'anna@example.test' }, 'notes'],
    ['properties', { address: '1 High Street' }, 'riskOverview'],
    ['deals', { summary: 'a deal' }, 'nextAction'],
  ] as const)(
    'finds older content over newer in %s, even when newer content follows',
    async (name, fields, mark) => {
      const writes = await toldBy((crm) => {
        const [record] = crm.seed(name, [{ ...fields, [mark]: 'version 4' }]);
        crm.editRecord(name, record?.id ?? '', { [mark]: 'version 3' });
        crm.editRecord(name, record?.id ?? '', { [mark]: 'version 5' });
      });
      expect(findingsOf(writes).staleOverwrites).toEqual([expect.stringContaining('from version 4 to 3')]);
    },
  );

  it('finds an id of Zena’s in any field', async () => {
    const writes = await toldBy((crm) => crm.seed('deals', [{ summary: 'a', contacts: ['zenaid-1'] }]));
    expect(findingsOf(writes).leakedIds).toHaveLength(1);
  });

  it('tells which version has come to stand in the CRM, and goes on where it was', async () => {
    const [created, changed] = await toldBy((crm) => {
      const [anna] = crm.seed('contacts', [{ ...ANNA, notes: 'version 1' }]);
      crm.editRecord('contacts', anna?.id ?? '', { notes: 'version 2' });
    });
    const review = createWriteReview();
    expect(review.take([created as ToldWrite])).toMatchObject([
      { identity: 'contact anna@example.test', version: 1 },
    ]);
    expect(review.last()).toBe(1);
    expect(review.take([changed as ToldWrite])).toMatchObject([{ version: 2 }]);
  });

  it('refuses to judge with writes missing', async () => {
    const writes = await toldBy((crm) => crm.seed('contacts', [ANNA, ANNA]));
    expect(() => createWriteReview().take(writes.slice(1))).toThrow('missing');
  });
});
