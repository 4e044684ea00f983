import { describe, expect, it } from '@jest/globals';
import { createTopProducerHttp } from '../../../src/connectors/top-producer/http-adapter.ts';
import { httpAdapterPage } from '../../../src/connectors/top-producer/page.ts';
import { isUsualPlaceholder } from '../../../src/domain/canonical/placeholder-emails.ts';
import {
  createTopProducerSandbox,
  type TopProducerInProcess,
  type TopProducerSandboxOptions,
} from '../../../src/sandbox/top-producer/top-producer-sandbox.ts';
import { connectorKit } from '../../contract/connector/kit/connector-kit.ts';
import { openKitRun } from '../../contract/connector/kit/kit-run.ts';
import { kitSamples } from '../../contract/connector/kit/kit-samples.ts';
import type { KitCrm, KitSubject, PeopleAct } from '../../contract/connector/kit/kit-subject.ts';

interface Crm extends KitCrm {
  readonly sandbox: TopProducerInProcess;
}

const held = ({ sandbox }: Crm, id: string) => sandbox.records('contacts').find((one) => one.id === id);

const noted: PeopleAct = {
  name: 'a line of theirs in the note',
  act(id, crm) {
    const note = String(held(crm as Crm, id)?.['note'] ?? '');
    (crm as Crm).sandbox.editRecord('contacts', id, { note: `${note}\nPlays chess.` });
  },
  stands: (id, crm) => String(held(crm as Crm, id)?.['note']).includes('Plays chess.'),
};

const { contact, property, deal } = kitSamples();

function subjectOf(settings: TopProducerSandboxOptions = {}): KitSubject {
  return {
    name: 'Top Producer by an assumed contract',
    definition: createTopProducerHttp({
      operator: {},
      baseUrl: 'http://sandbox.invalid/v3',
      isPlaceholder: isUsualPlaceholder,
    }),
    page: httpAdapterPage,
    samples: { contact: { ...contact, people: [noted] }, property, deal },
    open({ clock, secret, searchLagMs }): Crm {
      const sandbox = createTopProducerSandbox({ clock, apiKeys: [secret], searchLagMs, ...settings });
      return {
        sandbox,
        fetch: sandbox.fetch,
        credentials: { apiKey: secret },
        records: (kind) => (kind === 'contact' ? sandbox.records('contacts') : []),
        remove: (_kind, id) => void sandbox.deleteRecord('contacts', id),
        revoke: () => sandbox.revokeKey(secret),
      };
    },
  };
}

connectorKit(subjectOf(), [
  'day_quota',
  'batch_ends',
  'batch_bad_item',
  'batch_unheard',
  'job_rows',
  'job_crash',
  'contact: merged',
  'contact: taken_meanwhile',
  'contact: field_limit',
  'contact: lists_keep',
]);

const OTHERWISE: readonly TopProducerSandboxOptions[] = [
  { createStatus: 200 },
  { deleteStatus: 200 },
  { emailMatch: 'exact' },
  { putAnswer: 'empty' },
];

describe.each(OTHERWISE)('where an adapter is %j', (otherwise) => {
  it('a contact is made once, changed and removed', async () => {
    const run = await openKitRun(subjectOf(otherwise));
    try {
      await run.deliver(contact.full);
      for (const body of Object.values(contact.updates)) {
        await run.deliver(body);
        await run.mustBeDelivered(body);
      }
      expect(run.count('contact')).toBe(1);
      await run.core.remove('contact', 'kit-contact');
      await run.core.converge();
      expect(run.count('contact')).toBe(0);
    } finally {
      await run.close();
    }
  });
});

it('where members are called otherwise, it is told, and one record is the most that is made', async () => {
  const run = await openKitRun(subjectOf({ members: 'other' }));
  try {
    await run.deliver(contact.full);
    const link = await run.core.link('contact', 'kit-contact');
    expect(link?.shadow ?? null).toBeNull();
    expect(link?.dead ?? link?.intent).not.toBeNull();
    expect(run.count('contact')).toBeLessThanOrEqual(1);
  } finally {
    await run.close();
  }
});
