import type { ChangeEvent } from '../../domain/change-event.ts';
import type { ZenaRecord } from '../../domain/record.ts';

/**
 * The change event that says what a record is now. Put back on its topic it is equal to what is stored in version and
 * content, so it changes nothing.
 */
export function recordEvent(record: ZenaRecord, eventId: string): ChangeEvent {
  const { kind, entityId, userId, accountId, version, occurredAt, deleted, body } = record;
  return {
    ...{ kind, eventId, occurredAt, userId, accountId, entityId, version, body },
    operation: deleted ? 'DELETE' : 'UPSERT',
    origin: 'zena',
    causationId: null,
  };
}
