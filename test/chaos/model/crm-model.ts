import type { ChangeEvent } from '../../../src/domain/change-event.ts';
import { ENTITY_KINDS, recordKey, type EntityKind, type RecordKey } from '../../../src/domain/entity.ts';
import type { Json, JsonObject } from '../../../src/domain/json.ts';
import { expectedFields } from '../../support/expected-fields.ts';
import type { ChangeTopics } from '../../../src/change-feed/schemas/change-schemas.ts';
import type { VaultCollection } from '../../../src/sandbox/mri-vault/vault-record.ts';
import { EVENT_HEADER, POISON_HEADER } from './event-producer.ts';
import type { PoisonKind } from './poison.ts';
import type { TopicMessage } from './read-topic.ts';

/** Every Zena id of a run begins with it and nothing else holds it, so it must never be seen in a CRM. */
export const ZENA_ID_MARK = 'zenaid-';

export const COLLECTIONS = {
  contact: 'contacts',
  property: 'properties',
  deal: 'deals',
} as const satisfies Readonly<Record<EntityKind, VaultCollection>>;

/** What Zena's topics say, read by a program that shares no code with the one under test but the shape of an event. */
export interface LogModel {
  /** The last accepted event of each record; null: deleted. */
  readonly last: ReadonlyMap<RecordKey, ChangeEvent | null>;
  /** The newest event of each record, also of the deleted ones. */
  readonly records: readonly ChangeEvent[];
  readonly events: number;
  readonly tombstones: number;
  readonly poisons: readonly PoisonMessage[];
}

export interface PoisonMessage {
  readonly poison: PoisonKind;
  readonly place: string;
  readonly value: Buffer;
}

interface Held {
  readonly event: ChangeEvent;
  readonly deleted: boolean;
}

/** Folds the change topics: the greatest version wins, a null deletes at its place. Each partition's messages come in order. */
export function foldLog(
  messages: readonly TopicMessage[],
  topics: ChangeTopics,
  events: ReadonlyMap<string, ChangeEvent>,
): LogModel {
  const held = new Map<RecordKey, Held>();
  const poisons: PoisonMessage[] = [];
  let [count, tombstones] = [0, 0];
  for (const message of messages) {
    const { topic, partition, offset, headers, value, key } = message;
    const poison = headers[POISON_HEADER] as PoisonKind | undefined;
    const event = events.get(headers[EVENT_HEADER] ?? '');
    if (poison !== undefined && value !== null) {
      poisons.push({ poison, value, place: placeName(topic, partition, offset) });
    } else if (event !== undefined) {
      count += 1;
      const recorded = recordKey(event.kind, event.entityId);
      const before = held.get(recorded);
      if (before === undefined || event.version > before.event.version) {
        held.set(recorded, { event, deleted: event.operation === 'DELETE' });
      }
    } else if (value === null && key !== null) {
      tombstones += 1;
      const kind = ENTITY_KINDS.find((each) => topics[each] === topic) as EntityKind;
      const before = held.get(recordKey(kind, key));
      if (before !== undefined) held.set(recordKey(kind, key), { ...before, deleted: true });
    } else throw new Error(`A message of another: ${placeName(topic, partition, offset)}`);
  }
  const last = new Map([...held].map(([key, { event, deleted }]) => [key, deleted ? null : event]));
  const records = [...held.values()].map(({ event }) => event);
  return { last, records, events: count, tombstones, poisons };
}

export function placeName(topic: string, partition: number | string, offset: string): string {
  return `${topic}/${partition}/${offset}`;
}

export type CrmRecord = Readonly<Record<string, Json>> & { readonly id: string };
export type CrmRecords = Readonly<Record<EntityKind, readonly CrmRecord[]>>;

/** What tells the records of a run apart in a CRM: none of Zena's ids, and the same in every version. */
export function identityOf(kind: EntityKind, fields: Readonly<Record<string, Json>>): string {
  const name = { contact: 'email', property: 'address', deal: 'summary' }[kind];
  return `${kind} ${String(fields[name] ?? '')}`;
}

/** The version that a record's fields say they are of. */
export function versionMark(kind: EntityKind, fields: Readonly<Record<string, Json>>): number | null {
  const name = { contact: 'notes', property: 'riskOverview', deal: 'nextAction' }[kind];
  const version = /^version (\d+)$/.exec(String(fields[name] ?? ''))?.[1];
  return version === undefined ? null : Number(version);
}

/** How the records of one CRM differ from the model of its users, for people; empty when they are equal. */
export function differencesOf(
  model: LogModel,
  isOfCrm: (userId: string) => boolean,
  crm: CrmRecords,
): string[] {
  const living = [...model.last.values()].filter((event) => event !== null && isOfCrm(event.userId));
  const ids = new Map<string, string>();
  for (const kind of ENTITY_KINDS) {
    for (const record of crm[kind]) ids.set(identityOf(kind, record), record.id);
  }
  const remoteIdOf = (key: RecordKey): string | null => {
    const body = model.last.get(key)?.body ?? null;
    return body === null
      ? null
      : (ids.get(
          identityOf(
            body.kind,
            expectedFields(body, () => null),
          ),
        ) ?? null);
  };
  const differences: string[] = [];
  const wanted = new Set<string>();
  for (const event of living) {
    if (event?.body == null) continue;
    const fields = expectedFields(event.body, remoteIdOf);
    const identity = identityOf(event.kind, fields);
    wanted.add(identity);
    const record = crm[event.kind].find((each) => identityOf(event.kind, each) === identity);
    const wrong = record === undefined ? ['missing'] : wrongFields(fields, record);
    if (wrong.length > 0) differences.push(`${event.entityId} version ${event.version}: ${wrong.join(', ')}`);
  }
  for (const kind of ENTITY_KINDS) {
    const surplus = crm[kind].map((record) => identityOf(kind, record)).filter((each) => !wanted.has(each));
    differences.push(...surplus.map((identity) => `${identity}: is in the CRM and should not be`));
  }
  return differences;
}

function wrongFields(wanted: JsonObject, record: CrmRecord): string[] {
  return Object.entries(wanted)
    .filter(([name, value]) => JSON.stringify(record[name] ?? null) !== JSON.stringify(value))
    .map(
      ([name, value]) =>
        `${name} is ${JSON.stringify(record[name] ?? null)} and not ${JSON.stringify(value)}`,
    );
}
