import type { ChangeEvent } from '../change-event.ts';
import {
  ENTITY_KINDS,
  type DoNotContact,
  type EntityBody,
  type EntityKind,
  type Milestone,
} from '../entity.ts';
import { isPlausible, readTime, type ToldTime } from './told-time.ts';

export type DecodedChange =
  | { readonly ok: true; readonly event: ChangeEvent }
  | { readonly ok: false; readonly code: DecodeCode; readonly message: string };

export type DecodeCode = 'INVALID_EVENT' | 'IMPLAUSIBLE_TIME' | 'KEY_MISMATCH';

const MAX_LIST = 10_000;
const MAX_TEXT = 1_000_000;
/** How far clocks may be apart. An event of a later time would count as the newest of a contact's sharers until then. */
const MAX_AHEAD_MS = 86_400_000;

/** One thing that is wrong with an event; carries a JSON pointer and never the value. */
class EventFault extends Error {
  override readonly name = 'EventFault';
  readonly code: 'INVALID_EVENT' | 'IMPLAUSIBLE_TIME';

  constructor(message: string, code: EventFault['code'] = 'INVALID_EVENT') {
    super(message);
    this.code = code;
  }
}

/**
 * Reads a change event's shape from decoded Avro or JSON of `kind`: optional fields take their defaults, unknown ones are
 * ignored, nothing is coerced (but timestamps, which JSON may write as ISO 8601). `now` is the clock's time, epoch ms, which `occurredAt`
 * may be a day ahead of. `message` names the place and the fault, never the value: it may be logged.
 */
export function decodeChange(
  kind: EntityKind,
  value: unknown,
  key: string | null,
  now: number,
): DecodedChange {
  try {
    const event = readEvent(kind, value, now);
    if (key !== null && key !== event.entityId) {
      return { ok: false, code: 'KEY_MISMATCH', message: 'the message key is not the entityId' };
    }
    return { ok: true, event };
  } catch (error) {
    if (error instanceof EventFault) return { ok: false, code: error.code, message: error.message };
    throw error;
  }
}

/** Ids are 1 to 256 bytes of printable ASCII without spaces. */
export function isZenaId(value: unknown): value is string {
  return typeof value === 'string' && /^[\x21-\x7e]{1,256}$/.test(value);
}

/** The kind named by a change's `entity` member in `POST /api/changes`. */
export function isEntityKind(value: unknown): value is EntityKind {
  return (ENTITY_KINDS as readonly unknown[]).includes(value);
}

function readEvent(kind: EntityKind, value: unknown, now: number): ChangeEvent {
  const source = object(value, '');
  const operation = source['operation'];
  if (operation !== 'UPSERT' && operation !== 'DELETE')
    throw new EventFault('/operation: neither UPSERT nor DELETE');
  const version = source['version'];
  if (typeof version !== 'number' || !Number.isSafeInteger(version) || version < 0) {
    throw new EventFault('/version: not a whole number from 0 to 2^53 - 1');
  }
  const content = source[kind] ?? null;
  if (operation === 'UPSERT' && content === null) throw new EventFault(`/${kind}: missing for an UPSERT`);
  return {
    kind,
    eventId: text(source['eventId'], '/eventId'),
    occurredAt: occurrence(source['occurredAt'], now),
    userId: id(source['userId'], '/userId'),
    accountId: source['accountId'] == null ? null : id(source['accountId'], '/accountId'),
    entityId: id(source['entityId'], '/entityId'),
    version,
    operation,
    origin: source['origin'] == null ? 'zena' : text(source['origin'], '/origin'),
    causationId: optionalText(source['causationId'], '/causationId'),
    body: operation === 'DELETE' ? null : readBody(kind, object(content, `/${kind}`)),
  };
}

type Source = Readonly<Record<string, unknown>>;

function readBody(kind: EntityKind, source: Source): EntityBody {
  if (kind === 'contact') return { kind, contact: readContact(source) };
  if (kind === 'property') return { kind, property: readProperty(source) };
  return { kind, deal: readDeal(source) };
}

function readContact(source: Source): Extract<EntityBody, { kind: 'contact' }>['contact'] {
  return {
    name: text(source['name'], '/contact/name'),
    emails: texts(source['emails'], '/contact/emails'),
    phones: texts(source['phones'], '/contact/phones'),
    role: text(source['role'], '/contact/role'),
    relationshipNotes: texts(source['relationshipNotes'], '/contact/relationshipNotes'),
    doNotContact: source['doNotContact'] == null ? null : doNotContact(source['doNotContact']),
    attributes: attributes(source['attributes'], '/contact/attributes'),
  };
}

function readProperty(source: Source): Extract<EntityBody, { kind: 'property' }>['property'] {
  return {
    address: text(source['address'], '/property/address'),
    vendors: ids(source['vendors'], '/property/vendors'),
    buyers: ids(source['buyers'], '/property/buyers'),
    milestones: list(source['milestones'], '/property/milestones').map((item, index) =>
      readMilestone(item, `/property/milestones/${index}`),
    ),
    riskOverview: optionalText(source['riskOverview'], '/property/riskOverview'),
    attributes: attributes(source['attributes'], '/property/attributes'),
  };
}

function readMilestone(value: unknown, at: string): Milestone {
  const source = object(value, at);
  const type = text(source['type'], `${at}/type`);
  const { millis: date, day } = time(source['date'], `${at}/date`);
  const notes = optionalText(source['notes'], `${at}/notes`);
  // Spelt out, since a spread takes as long as all the rest.
  return day === null ? { type, date, notes } : { type, date, day, notes };
}

function readDeal(source: Source): Extract<EntityBody, { kind: 'deal' }>['deal'] {
  return {
    propertyId: source['propertyId'] == null ? null : id(source['propertyId'], '/deal/propertyId'),
    stage: text(source['stage'], '/deal/stage'),
    riskLevel: text(source['riskLevel'], '/deal/riskLevel'),
    riskFlags: texts(source['riskFlags'], '/deal/riskFlags'),
    nextAction: optionalText(source['nextAction'], '/deal/nextAction'),
    nextActionOwner: optionalText(source['nextActionOwner'], '/deal/nextActionOwner'),
    summary: optionalText(source['summary'], '/deal/summary'),
    contacts: ids(source['contacts'], '/deal/contacts'),
    attributes: attributes(source['attributes'], '/deal/attributes'),
  };
}

function object(value: unknown, at: string): Source {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new EventFault(`${at || '/'}: not an object`);
  return value as Source;
}

function text(value: unknown, at: string): string {
  if (typeof value !== 'string') throw new EventFault(`${at}: not a text`);
  if (value.length > MAX_TEXT) throw new EventFault(`${at}: longer than ${MAX_TEXT} characters`);
  if (!value.isWellFormed()) throw new EventFault(`${at}: not well-formed Unicode`);
  return value;
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length <= MAX_TEXT && value.isWellFormed();
}

function optionalText(value: unknown, at: string): string | null {
  return value == null ? null : text(value, at);
}

function id(value: unknown, at: string): string {
  if (!isZenaId(value))
    throw new EventFault(`${at}: not an id (1 to 256 printable ASCII characters without spaces)`);
  return value;
}

/** A list that is left out, or null, is empty: many writers know no empty ones. */
function list(value: unknown, at: string): readonly unknown[] {
  if (value == null) return [];
  if (!Array.isArray(value)) throw new EventFault(`${at}: not a list`);
  if (value.length > MAX_LIST) throw new EventFault(`${at}: more than ${MAX_LIST} items`);
  return value;
}

function texts(value: unknown, at: string): string[] {
  const items = list(value, at);
  for (let index = 0; index < items.length; index += 1) {
    // The place is put into words only where something is wrong with it.
    if (!isText(items[index])) text(items[index], `${at}/${index}`);
  }
  return items as string[];
}

function ids(value: unknown, at: string): string[] {
  const items = list(value, at);
  for (let index = 0; index < items.length; index += 1) {
    if (!isZenaId(items[index])) id(items[index], `${at}/${index}`);
  }
  return items as string[];
}

const CHANNELS: readonly unknown[] = ['email', 'phone', 'sms', 'post'];

function doNotContact(value: unknown): DoNotContact[] {
  return list(value, '/contact/doNotContact').map((item, index) => {
    if (!CHANNELS.includes(item))
      throw new EventFault(`/contact/doNotContact/${index}: not email, phone, sms or post`);
    return item as DoNotContact;
  });
}

/** A map of texts; in an object without a prototype, so no member name can mean anything but itself. */
function attributes(value: unknown, at: string): Readonly<Record<string, string>> {
  const source = value == null ? {} : object(value, at);
  const names = Object.keys(source);
  for (const name of names) text(source[name], at);
  // Avro's maps are such objects already.
  if (Object.getPrototypeOf(source) === null) return source as Readonly<Record<string, string>>;
  const result = Object.create(null) as Record<string, string>;
  for (const name of names) result[name] = source[name] as string;
  return result;
}

function time(value: unknown, at: string): ToldTime {
  const told = readTime(value);
  if (told === null) throw new EventFault(`${at}: neither milliseconds since 1970 nor an ISO 8601 time`);
  if (!isPlausible(told)) throw new EventFault(`${at}: not in the years 1900 to 2200`, 'IMPLAUSIBLE_TIME');
  return told;
}

function occurrence(value: unknown, now: number): number {
  const { millis } = time(value, '/occurredAt');
  if (millis > now + MAX_AHEAD_MS)
    throw new EventFault('/occurredAt: more than a day ahead of the clock', 'IMPLAUSIBLE_TIME');
  return millis;
}
