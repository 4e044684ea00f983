import { eventContentHash } from '../../../src/domain/change-event.ts';
import { recordKey, type EntityBody, type EntityKind, type RecordKey } from '../../../src/domain/entity.ts';
import type { EventLog, LogMessage } from './event-log.ts';

/** What Zena wants of one entity, by the log alone. */
export interface ExpectedRecord {
  readonly kind: EntityKind;
  readonly entityId: string;
  readonly user: string;
  readonly version: number;
  readonly body: EntityBody | null;
  readonly occurredAt: number;
  readonly hash: string;
}

/** The last accepted event of every entity: the greatest version; of equal ones a delete, then the greater content hash. */
export function expectedRecords(log: EventLog): Map<RecordKey, ExpectedRecord> {
  const records = new Map<RecordKey, ExpectedRecord>();
  for (const message of log.partitions.flat()) {
    const key = recordKey(message.kind, message.entityId);
    const next = after(records.get(key), message);
    if (next !== undefined) records.set(key, next);
  }
  return records;
}

function after(current: ExpectedRecord | undefined, message: LogMessage): ExpectedRecord | undefined {
  const { change, kind, entityId } = message;
  if (change === null) return current;
  if (change.type === 'tombstone') return current && { ...current, body: null, hash: 'tombstone' };
  const { event } = change;
  const hash = eventContentHash(event);
  const next: ExpectedRecord = {
    kind,
    entityId,
    user: event.userId,
    version: event.version,
    body: event.body,
    hash,
    occurredAt: event.occurredAt,
  };
  if (current === undefined || event.version > current.version) return next;
  if (event.version < current.version) return current;
  if ((event.body === null) !== (current.body === null)) return event.body === null ? next : current;
  return hash > current.hash ? next : current;
}
