import { describe, expect, it } from '@jest/globals';
import { createKvcore } from '../../../src/connectors/kvcore/kvcore.ts';
import { kvcorePage } from '../../../src/connectors/kvcore/page.ts';
import { isUsualPlaceholder } from '../../../src/domain/canonical/placeholder-emails.ts';
import {
  createKvcoreSandbox,
  type KvcoreInProcess,
  type KvcoreSandboxOptions,
} from '../../../src/sandbox/kvcore/kvcore-sandbox.ts';
import { kitSamples } from '../../contract/connector/kit/kit-samples.ts';
import { openKitRun, type KitRun } from '../../contract/connector/kit/kit-run.ts';
import type { KitCrm } from '../../contract/connector/kit/kit-subject.ts';
import { contactBody, propertyBody } from '../../support/builders.ts';

interface Account {
  readonly run: KitRun;
  readonly sandbox: KvcoreInProcess;
}

const COLLECTIONS = { contact: 'contacts', property: 'manuallistings', deal: 'transactions' } as const;

async function open(options: KvcoreSandboxOptions, agentId?: string): Promise<Account> {
  const made: { sandbox?: KvcoreInProcess } = {};
  const run = await openKitRun({
    name: 'kvCORE',
    definition: createKvcore({
      operator: {},
      baseUrl: 'http://sandbox.invalid/v2/public',
      isPlaceholder: isUsualPlaceholder,
    }),
    page: kvcorePage,
    samples: kitSamples(),
    open({ clock, secret }): KitCrm {
      const sandbox = createKvcoreSandbox({ clock, apiKeys: [secret], ...options });
      made.sandbox = sandbox;
      return {
        fetch: sandbox.fetch,
        credentials: { apiToken: secret, ...(agentId !== undefined && { agentId }) },
        records: (kind) => sandbox.records(COLLECTIONS[kind]),
        remove: (kind, id) => void sandbox.deleteRecord(COLLECTIONS[kind], id),
        revoke: () => sandbox.revokeKey(secret),
      };
    },
  });
  if (made.sandbox === undefined) throw new Error('no sandbox');
  return { run, sandbox: made.sandbox };
}

async function within(
  options: KvcoreSandboxOptions,
  act: (account: Account) => Promise<void>,
  agentId?: string,
): Promise<void> {
  const account = await open(options, agentId);
  try {
    await act(account);
  } finally {
    await account.run.close();
  }
}

/** What isn't known of kvCORE, each the other way round. */
const OTHERWISE: readonly KvcoreSandboxOptions[] = [
  {},
  { createStatus: 200 },
  { deleteStatus: 204 },
  { deletes: 'archives' },
  { duplicates: 'merged' },
  { leadRouting: 'owner' },
  { leadRouting: 'nobody' },
  { filterMatch: 'exact' },
  { blanks: 'cleared' },
  { blanks: 'refused' },
  { unknownFields: 'refused' },
  { notesAfterMs: 30_000, notesTooEarly: 400 },
  { notesAfterMs: 30_000, notesTooEarly: 404 },
  { notesAfterMs: 30_000, notesTooEarly: 409 },
  { notesAfterMs: 30_000, notesTooEarly: 422 },
  { noteText: 'escaped' },
  { noteList: 'bare' },
  { times: 'unix' },
  { utcOffsetMinutes: -480 },
  { utcOffsetMinutes: 600 },
  { numbers: 'number' },
  { flags: 'letter' },
  { flags: 'boolean' },
  { dealTypes: 'text' },
  { updatedFilter: 'ignored' },
  { updatedFilter: 'refused' },
  { lists: 'bare' },
  { vendorIds: 'dropped' },
  { searchLagMs: 30_000 },
];

const FULL = {
  name: 'Ada King',
  emails: ['Ada.King@example.test', 'ada@work.test'],
  phones: ['+64 21 555 0101'],
  role: 'buyer',
  relationshipNotes: ['Tea & cake <3', 'Knows #2'],
  doNotContact: ['sms'],
} as const;

describe.each(OTHERWISE)('where kvCORE is %j', (otherwise) => {
  it('a contact is found, completed, changed and noted, and nothing of people’s is lost', async () => {
    await within(otherwise, async ({ run, sandbox }) => {
      const theirs = {
        email: 'ada.king@example.test',
        deal_type: 'renter',
        primary_city: 'Napier',
        rating: 4,
      };
      sandbox.seed('contacts', [
        { ...theirs, first_name: 'A', last_name: 'K', createdAt: '2020-01-01T00:00:00Z' },
        { first_name: 'Bo', last_name: 'Berg', email: 'ada.king@example.test.au' },
      ]);
      await run.deliver(contactBody(FULL));
      await run.mustBeDelivered(contactBody(FULL));
      await run.deliver(
        contactBody({ ...FULL, name: 'Ada Lovelace', emails: ['ada.king@example.test'], phones: [] }),
      );
      const held = sandbox.records('contacts').filter(({ email }) => String(email).endsWith('.test'));
      expect(held).toMatchObject([
        { first_name: 'Ada', last_name: 'Lovelace', primary_city: 'Napier', rating: 4, text_on: 0 },
      ]);
      expect(String(held[0]?.['deal_type'])).toMatch(/renter/);
      // What Zena no longer says stays: nothing blank was ever sent.
      expect(held[0]).toMatchObject({ second_email: 'ada@work.test', cell_phone_1: '+64 21 555 0101' });
      expect(sandbox.records('notes').map(({ details }) => details)).toEqual(['Tea & cake <3', 'Knows ＃2']);
      expect(sandbox.records('contacts')).toHaveLength(2);
    });
  });

  it('a new contact is made once, whole, and goes when Zena deletes it', async () => {
    await within(otherwise, async ({ run, sandbox }) => {
      const body = contactBody({ ...FULL, name: 'Cher' });
      await run.deliver(body);
      await run.mustBeDelivered(body);
      expect(sandbox.records('contacts')).toMatchObject([
        { first_name: 'Cher', last_name: '-', assigned_agent_id: 7_001, deal_type: 'buyer' },
      ]);
      expect(sandbox.records('notes')).toHaveLength(2);
      await run.core.remove('contact', 'kit-contact');
      await run.core.converge();
      expect(sandbox.records('contacts').filter(({ status }) => status !== 6)).toEqual([]);
    });
  });
});

describe('lead routing', () => {
  it('hands nobody’s contact to anybody: where the agent isn’t known nothing is made, and what is there is written', async () => {
    await within({ contactsOnlyKeys: ['kit-secret-8d1f0c5a7e'] }, async ({ run, sandbox }) => {
      await run.deliver(contactBody(FULL));
      expect(sandbox.records('contacts')).toEqual([]);
      const link = await run.core.link('contact', 'kit-contact');
      expect(link?.dead).toMatchObject({ code: 'AGENT_UNKNOWN' });
      sandbox.seed('contacts', [{ first_name: 'A', last_name: 'K', email: 'ada.king@example.test' }]);
      await run.deliver(contactBody({ ...FULL, name: 'Ada Kingsley' }));
      expect(sandbox.records('contacts')).toMatchObject([{ first_name: 'Ada', last_name: 'Kingsley' }]);
    });
  });

  it('an agent who was entered gets what is made, and takes nothing of another’s', async () => {
    await within(
      {},
      async ({ run, sandbox }) => {
        sandbox.seed('contacts', [
          { first_name: 'Not', last_name: 'Ours', email: 'ada.king@example.test', assigned_agent_id: 8 },
        ]);
        await run.deliver(contactBody(FULL));
        expect(sandbox.records('contacts')).toMatchObject([
          { first_name: 'Not', assigned_agent_id: 8 },
          { first_name: 'Ada', assigned_agent_id: 7_002 },
        ]);
      },
      '7002',
    );
  });
});

describe('where members of listings are called otherwise', () => {
  it.each(['ignored', 'refused'] as const)(
    'and unknown ones are %s, it is told, and nothing is left',
    async (unknownFields) => {
      await within({ assumedNames: 'other', unknownFields }, async ({ run, sandbox }) => {
        await run.deliver(propertyBody({ address: '1 High Street', riskOverview: 'low' }));
        const link = await run.core.link('property', 'kit-property');
        expect(link?.dead).not.toBeNull();
        if (unknownFields === 'ignored') expect(link?.dead).toMatchObject({ code: 'ASSUMPTION_WRONG' });
        expect(sandbox.records('manuallistings')).toEqual([]);
      });
    },
  );

  it('people’s are left as they are', async () => {
    await within({ assumedNames: 'other' }, async ({ run, sandbox }) => {
      sandbox.seed('manuallistings', [{ x_address: '1 High Street', x_price: '5' }]);
      await run.deliver(propertyBody({ address: '1 High Street', riskOverview: 'low' }));
      const link = await run.core.link('property', 'kit-property');
      expect(link?.dead).toMatchObject({ code: 'ASSUMPTION_WRONG' });
      expect(sandbox.records('manuallistings')).toMatchObject([{ x_address: '1 High Street', x_price: '5' }]);
    });
  });
});
