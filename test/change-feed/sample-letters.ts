import { decodeLetterId, type DeadLetter } from '../../src/domain/dead-letter.ts';
import { CONNECTION_ID, SCOPE, USER } from '../support/builders.ts';

/** The letter about a contact's event that could not be read at an offset. */
export function decodeLetter(offset: number | string, over: Partial<DeadLetter> = {}): DeadLetter {
  const source = { topic: 'zena.contact.changes', partition: 3, offset: String(offset) };
  return {
    ...{ id: decodeLetterId(source), kind: 'decode', status: 'open', code: 'INVALID_EVENT' },
    ...{ detail: '/version: not a whole number', fields: [], attempts: 1, replays: 0, delivery: null },
    ...{ firstFailedAt: 1_790_000_000_000, failedAt: 1_790_000_000_000 },
    ...{ source, key: Buffer.from('c-1'), value: Buffer.from('not an event') },
    ...{ entity: 'contact', entityId: 'c-1' },
    ...over,
  };
}

/** The letter about a contact that the CRM did not take. */
export function deliverLetter(over: Partial<DeadLetter> = {}): DeadLetter {
  return {
    ...decodeLetter(0),
    ...{ id: 'letter-1', kind: 'deliver', code: 'REJECTED', detail: 'the CRM refuses: email' },
    fields: [{ field: 'email', message: 'ada@example.test is no address' }],
    ...{ source: null, key: null, value: null, attempts: 4, replays: 2 },
    delivery: {
      ...{ linkId: `${SCOPE}/contact/c-1`, scope: SCOPE, connectionId: CONNECTION_ID, userId: USER },
      ...{ provider: 'mri_vault', revision: 3, mapping: 'm1' },
    },
    ...over,
  };
}
