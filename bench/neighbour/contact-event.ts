import { contactBody } from '../../test/support/builders.ts';
import type { ChangeEvent } from '../../src/domain/change-event.ts';
import { benchEvent } from '../support/bench-events.ts';

/** A contact's change whose name and notes have so many bytes in all, half each. */
export function contactEvent(
  userId: string,
  id: string,
  version: number,
  bytes: number,
  email = `${userId}.${id}@example.test`,
): ChangeEvent {
  const text = 'x'.repeat(Math.max(1, Math.floor(bytes / 2)));
  return {
    ...benchEvent('contact', 0, version, userId),
    entityId: `${userId}-${id}`,
    eventId: `${userId}-${id}-${version}`,
    body: contactBody({
      name: `${id} ${text}`,
      emails: [email],
      relationshipNotes: [`${version} ${text}`],
    }),
  };
}
