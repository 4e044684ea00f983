import type { EntityBody, EntityKind, RecordKey } from '../domain/entity.ts';
import { recordKey } from '../domain/entity.ts';

/** A change event as `POST /api/changes` takes it. */
export interface DemoChange extends Readonly<Record<string, unknown>> {
  readonly entity: EntityKind;
  readonly entityId: string;
  readonly version: number;
}

/** What Zena holds of one entity. */
export interface BookEntry {
  readonly key: RecordKey;
  readonly kind: EntityKind;
  readonly entityId: string;
  readonly version: number;
  readonly occurredAt: number;
  /** What it is, or was before it was deleted. */
  readonly body: EntityBody;
  readonly deleted: boolean;
}

/** The office's side of the truth: makes change events, and remembers what they come to. */
export interface OfficeBook {
  /** The event of a new or changed entity. */
  write(entityId: string, body: EntityBody): DemoChange;
  /** The event of its end. Throws RangeError for one that never was. */
  remove(kind: EntityKind, entityId: string): DemoChange;
  read(kind: EntityKind, entityId: string): EntityBody;
  /** Everything that ever was, newest state, in the order of first mention. */
  entries(): readonly BookEntry[];
}

/** An empty book of one user. `now` is epoch ms; events are a millisecond apart at least, so that one is the newest. */
export function createOfficeBook(userId: string, accountId: string, now: () => number): OfficeBook {
  const held = new Map<RecordKey, BookEntry>();
  let lastAt = 0;
  let events = 0;

  const record = (entityId: string, body: EntityBody, deleted: boolean): DemoChange => {
    const { kind } = body;
    const key = recordKey(kind, entityId);
    lastAt = Math.max(now(), lastAt + 1);
    events += 1;
    const version = (held.get(key)?.version ?? 0) + 1;
    held.set(key, { key, kind, entityId, version, occurredAt: lastAt, body, deleted });
    return {
      entity: kind,
      eventId: `demo-${events}`,
      occurredAt: lastAt,
      userId,
      accountId,
      entityId,
      version,
      operation: deleted ? 'DELETE' : 'UPSERT',
      [kind]: deleted ? null : contentOf(body),
    };
  };
  const entry = (kind: EntityKind, entityId: string): BookEntry => {
    const found = held.get(recordKey(kind, entityId));
    if (found === undefined) throw new RangeError(`no ${kind} ${entityId} in the book`);
    return found;
  };

  return {
    write: (entityId, body) => record(entityId, body, false),
    remove: (kind, entityId) => record(entityId, entry(kind, entityId).body, true),
    read: (kind, entityId) => entry(kind, entityId).body,
    entries: () => [...held.values()],
  };
}

function contentOf(body: EntityBody): unknown {
  if (body.kind === 'contact') return body.contact;
  return body.kind === 'property' ? body.property : body.deal;
}
