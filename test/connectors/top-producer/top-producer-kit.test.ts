import { describe, expect, it } from '@jest/globals';
import type { TopProducerSandboxOptions } from '../../../src/sandbox/top-producer/top-producer-sandbox.ts';
import { connectorKit } from '../../contract/connector/kit/connector-kit.ts';
import { openKitRun } from '../../contract/connector/kit/kit-run.ts';
import { kitSamples } from '../../contract/connector/kit/kit-samples.ts';
import { topProducerHttpSubject } from './top-producer-subject.ts';

const { contact } = kitSamples();

connectorKit(topProducerHttpSubject(), [
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
    const run = await openKitRun(topProducerHttpSubject(otherwise));
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
  const run = await openKitRun(topProducerHttpSubject({ members: 'other' }));
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
