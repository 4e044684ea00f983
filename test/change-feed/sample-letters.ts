import type { DeadLetter } from '../../src/domain/dead-letter.ts';
import { deadDelivery, deadLetter } from '../support/builders.ts';

const failedAt = 1_790_000_000_000;

/** The letter about a contact's event that could not be read at an offset. */
export function decodeLetter(offset: number | string, over: Partial<DeadLetter> = {}): DeadLetter {
  return deadLetter({
    source: { topic: 'zena.contact.changes', partition: 3, offset: String(offset) },
    failedAt,
    key: Buffer.from('c-1'),
    value: Buffer.from('not an event'),
    entityId: 'c-1',
    ...over,
  });
}

/** The letter about a contact that the CRM did not take. */
export function deliverLetter(over: Partial<DeadLetter> = {}): DeadLetter {
  return deadDelivery('contact/c-1', {
    id: 'letter-1',
    attempts: 4,
    replays: 2,
    failedAt,
    fields: [{ field: 'email', message: 'ada@example.test is no address' }],
    ...over,
  });
}
