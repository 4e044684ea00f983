import type { ChangeEvent } from '../../../src/domain/change-event.ts';
import type { EntityBody, EntityKind } from '../../../src/domain/entity.ts';
import { expectedFields } from '../../support/expected-fields.ts';
import { seededRandom } from '../../../src/runtime/seeded-random.ts';
import { identityOf, ZENA_ID_MARK } from './crm-model.ts';
import { POISON_KINDS, type PoisonKind } from './poison.ts';

export type Outgoing =
  | { readonly type: 'event'; readonly event: ChangeEvent; readonly form: 'avro' | 'json' }
  | { readonly type: 'tombstone'; readonly kind: EntityKind; readonly entityId: string }
  | { readonly type: 'poison'; readonly poison: PoisonKind; readonly kind: EntityKind; readonly key: string };

export interface OfficeLoadOptions {
  readonly seed: number;
  readonly users: number;
  /** How many records there are in the end; they come into being one after another. */
  readonly records: number;
}

/** What was sent on purpose in another way than a well-behaved producer sends it. */
export interface LoadCounts {
  fresh: number;
  duplicate: number;
  stale: number;
  shuffled: number;
  deleted: number;
  /** Records that people deleted in the CRM. */
  deletedInCrm: number;
  poison: number;
}

interface OfficeRecord {
  readonly kind: EntityKind;
  readonly userId: string;
  readonly entityId: string;
  readonly n: number;
  version: number;
  deleted: boolean;
  deletedByPeople: boolean;
}

export interface DeletableRecord {
  readonly kind: EntityKind;
  readonly userId: string;
  /** What `identityOf` makes of its CRM record. */
  readonly identity: string;
  /** Its next change, after people have deleted it in the CRM or, `false`, have not found it there. */
  readonly again: (deleted: boolean) => Outgoing;
}

export interface OfficeLoad {
  readonly counts: Readonly<LoadCounts>;
  /** Some messages more. `progress`, 0 to 1, says how much of the office may have come into being. */
  next(progress: number): Outgoing[];
  /** One message of each kind of poison. */
  poisonBurst(): Outgoing[];
  /** Many changes of one record, one right after another. */
  hotRecord(changes: number): Outgoing[];
  /** Records that people may delete in the CRM: nothing refers to them, and each is given only once. */
  deletable(count: number): DeletableRecord[];
  /** The next change of a user's probe. */
  probe(userId: string): { readonly message: Outgoing; readonly version: number };
  /** What is still held back. */
  rest(): Outgoing[];
}

const POISON_SHARE = 0.01;
/** Of every ten records of a user: six contacts, two properties, two deals. */
const PATTERN: readonly EntityKind[] = [
  ...(['contact', 'property', 'contact', 'deal', 'contact'] as const),
  ...(['contact', 'property', 'contact', 'deal', 'contact'] as const),
];

/** Makes the changes of some offices, the same for the same seed and the same calls. */
export function createOfficeLoad({ seed, users, records }: OfficeLoadOptions): OfficeLoad {
  const random = seededRandom(seed);
  const chance = (share: number): boolean => random.next() < share;
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random.next() * items.length)] as T;
  const form = () => (chance(0.3) ? 'json' : 'avro');
  const counts: LoadCounts = {
    fresh: 0,
    duplicate: 0,
    stale: 0,
    shuffled: 0,
    deleted: 0,
    deletedInCrm: 0,
    poison: 0,
  };
  const all: OfficeRecord[] = [];
  const probes = new Map<string, OfficeRecord>();
  const sent: ChangeEvent[] = [];
  const held: { message: Outgoing; calls: number }[] = [];
  let poisons = 0;

  function introduce(): OfficeRecord {
    const userId = `user-${(all.length % users) + 1}`;
    const ofUser = Math.floor(all.length / users);
    const kind = PATTERN[ofUser % PATTERN.length] as EntityKind;
    const n = all.filter((each) => each.userId === userId && each.kind === kind).length + 1;
    const entityId = idOf(userId, kind, n);
    const record = { kind, userId, entityId, n, version: 0, deleted: false, deletedByPeople: false };
    all.push(record);
    return record;
  }

  function change(record: OfficeRecord): Outgoing {
    const known = all.filter(({ userId, kind }) => userId === record.userId && kind === 'contact');
    record.version += 1;
    record.deleted = false;
    const event = eventOf(record, bodyOf(record, known.filter(isReferable)));
    sent.push(event);
    if (sent.length > 500) sent.shift();
    counts.fresh += 1;
    return { type: 'event', event, form: form() };
  }

  function remove(record: OfficeRecord): Outgoing {
    counts.deleted += 1;
    record.deleted = true;
    if (chance(0.5)) return { type: 'tombstone', kind: record.kind, entityId: record.entityId };
    record.version += 1;
    return { type: 'event', event: eventOf(record, null), form: form() };
  }

  function poison(kind: PoisonKind): Outgoing {
    poisons += 1;
    counts.poison += 1;
    const entity = pick(['contact', 'property', 'deal'] as const);
    return { type: 'poison', poison: kind, kind: entity, key: `${ZENA_ID_MARK}poison-${poisons}` };
  }

  function again(): Outgoing[] {
    if (sent.length < 20) return [];
    // The last ones are still each record's newest; older ones mostly are not.
    const event = chance(0.5) ? (sent.at(-1) as ChangeEvent) : pick(sent);
    const newest = all.find(({ entityId }) => entityId === event.entityId)?.version === event.version;
    counts[newest ? 'duplicate' : 'stale'] += 1;
    return [{ type: 'event', event, form: form() }];
  }

  function regular(progress: number): Outgoing[] {
    const allowed = Math.ceil(records * (0.2 + 0.8 * Math.min(1, progress)));
    const isNew = all.length < allowed && (all.length < records * 0.1 || chance(0.5));
    const record = isNew ? introduce() : pick(all);
    if (!isNew && isDeletable(record) && !record.deleted && chance(0.1)) return [remove(record)];
    const message = change(record);
    if (!chance(0.08)) return [message];
    counts.shuffled += 1;
    held.push({ message, calls: 1 + Math.floor(random.next() * 20) });
    return [];
  }

  function released(): Outgoing[] {
    for (const each of held) each.calls -= 1;
    return take(held, ({ calls }) => calls <= 0).map(({ message }) => message);
  }

  return {
    counts,
    next(progress) {
      const messages = [...regular(progress), ...released()];
      if (chance(0.08)) messages.push(...again());
      if (chance(POISON_SHARE)) messages.push(poison(POISON_KINDS[poisons % 12] as PoisonKind));
      return messages;
    },
    poisonBurst: () => POISON_KINDS.map(poison),
    hotRecord(changes) {
      const record = pick(all);
      return Array.from({ length: changes }, () => change(record));
    },
    deletable: (count) =>
      all
        .filter((record) => isDeletable(record) && !record.deleted && !record.deletedByPeople)
        .slice(0, count)
        .map((record) => {
          record.deletedByPeople = true;
          const { kind, userId } = record;
          const again = (deleted: boolean): Outgoing => {
            if (deleted) counts.deletedInCrm += 1;
            return change(record);
          };
          const fields = expectedFields(bodyOf(record, []), () => null);
          return { kind, userId, identity: identityOf(kind, fields), again };
        }),
    probe(userId) {
      const known = probes.get(userId);
      const entityId = `${ZENA_ID_MARK}${userId}-probe`;
      const made = { kind: 'contact' as const, userId, entityId, n: 0, version: 0 };
      const record = known ?? { ...made, deleted: false, deletedByPeople: false };
      probes.set(userId, record);
      record.version += 1;
      const event = eventOf(record, bodyOf(record, []));
      return { message: { type: 'event', event, form: 'avro' }, version: record.version };
    },
    rest: () => held.splice(0).map(({ message }) => message),
  };
}

/** Contacts that other records refer to stay for good: a CRM refuses the id of a record that its people have deleted. */
function isReferable({ kind, n }: OfficeRecord): boolean {
  return kind === 'contact' && n % 3 !== 0;
}

function isDeletable({ kind, n }: OfficeRecord): boolean {
  return kind === 'deal' || (kind === 'contact' && n % 3 === 0);
}

function take<T>(items: T[], wanted: (item: T) => boolean): T[] {
  const taken = items.filter(wanted);
  for (const item of taken) items.splice(items.indexOf(item), 1);
  return taken;
}

function idOf(userId: string, kind: EntityKind, n: number): string {
  return `${ZENA_ID_MARK}${userId}-${kind}-${n}`;
}

function eventOf(record: OfficeRecord, body: EntityBody | null): ChangeEvent {
  const { kind, userId, entityId, version } = record;
  return {
    kind,
    userId,
    entityId,
    version,
    origin: 'zena',
    accountId: null,
    causationId: null,
    body,
    operation: body === null ? 'DELETE' : 'UPSERT',
    eventId: `${entityId}-${version}`,
    occurredAt: Date.now(),
  };
}

/** Each body says which version it is of, in a field that the CRM keeps as it is: `versionMark` finds it again. */
function bodyOf(record: OfficeRecord, contacts: readonly OfficeRecord[]): EntityBody {
  const { kind, userId, n, version } = record;
  const mark = `version ${version}`;
  const some = contacts.filter((_, index) => (index + version) % 7 === 0).slice(0, 3);
  const references = some.map(({ entityId }) => entityId);
  if (kind === 'contact') {
    const name = n === 0 ? 'Probe' : `Person${n} Of ${userId}`;
    const email = n === 0 ? `probe@${userId}.example.test` : `person${n}@${userId}.example.test`;
    const phones = [`+64 21 ${100_000 + n}`];
    const rest = { role: 'buyer', relationshipNotes: [mark], doNotContact: null, attributes: {} };
    return { kind, contact: { name, emails: [email], phones, ...rest } };
  }
  if (kind === 'property') {
    const address = `${n} ${userId} Street, Wellington`;
    const milestones = [{ type: 'listed', date: 1_760_000_000_000 + version, notes: null }];
    const rest = { vendors: references, buyers: [], milestones, riskOverview: mark, attributes: {} };
    return { kind, property: { address, ...rest } };
  }
  return {
    kind,
    deal: {
      // One deal of each property, so that property and stage tell deals apart. The property was there first.
      propertyId: idOf(userId, 'property', n),
      stage: version % 3 === 0 ? 'settled' : 'offer',
      riskLevel: 'low',
      riskFlags: [],
      nextAction: mark,
      nextActionOwner: null,
      summary: `deal ${n} of ${userId}`,
      contacts: references,
      attributes: {},
    },
  };
}
