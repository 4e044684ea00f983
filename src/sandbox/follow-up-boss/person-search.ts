import type { Json, JsonObject } from '../../domain/json.ts';
import type { StoredRecord } from '../kit/records/record-store.ts';
import type { FubAccount, FubCaller } from './fub-caller.ts';
import { idsAsked, isInTime, type Query } from './fub-page.ts';
import { digitsOf, emailKey, idsOf, phoneKey, textOf, textsOf, valuesOf } from './fub-record.ts';

/** An agent sees those who are assigned to them, and those whom they collaborate on. */
export function isVisible({ fields }: StoredRecord, { isAgent, user }: FubCaller): boolean {
  if (!isAgent) return true;
  const id = Number(user.id);
  return Number(fields['assignedUserId'] ?? Number.NaN) === id || idsOf(fields['collaborators']).includes(id);
}

export function isTrash({ fields }: Pick<StoredRecord, 'fields'>): boolean {
  return textOf(fields['stage']).toLowerCase() === 'trash';
}

/** People who have an e-mail or a phone; what an index says, which may be late. */
export function peopleWith(
  account: FubAccount,
  member: 'email' | 'phone',
  value: string,
  lag: 'index' | 'now' = 'index',
): StoredRecord[] {
  const { emailMatch, phoneMatch } = account.settings();
  const isSame =
    member === 'email'
      ? (held: string): boolean =>
          emailMatch === 'exact' ? held === value : held.toLowerCase() === value.toLowerCase()
      : (held: string): boolean =>
          phoneMatch === 'exact' ? held === value : digitsOf(held) === digitsOf(value);
  const has = (fields: JsonObject): boolean =>
    valuesOf(fields[member === 'email' ? 'emails' : 'phones']).some(isSame);
  if (value.trim() === '') return [];
  if (lag === 'now') return account.store.all('people').filter(({ fields }) => has(fields));
  return account.store.search('people', member === 'email' ? emailKey(value) : phoneKey(value), has);
}

/** Whom `GET /people` finds. */
export function findPeople(account: FubAccount, caller: FubCaller, query: Query): StoredRecord[] {
  if (
    (query['updatedAfter'] !== undefined || query['updatedBefore'] !== undefined) &&
    account.settings().updatedAfter === 'empty'
  )
    return [];
  return candidates(account, query)
    .filter((person) => isVisible(person, caller))
    .filter((person) => query['includeTrash'] === 'true' || query['includeTrash'] === '1' || !isTrash(person))
    .filter((person) => fits(person, query, account));
}

function candidates(account: FubAccount, query: Query): readonly StoredRecord[] {
  const { email, phone } = query;
  if (email !== undefined) return peopleWith(account, 'email', email);
  return phone === undefined ? account.store.all('people') : peopleWith(account, 'phone', phone);
}

function fits(person: StoredRecord, query: Query, account: FubAccount): boolean {
  const { fields } = person;
  const full = `${textOf(fields['firstName'])} ${textOf(fields['lastName'])}`;
  const ids = idsAsked(query, 'id');
  const { email, phone } = query;
  return (
    (ids === undefined || ids.has(person.id)) &&
    (email === undefined ||
      phone === undefined ||
      peopleWith(account, 'phone', phone).some(({ id }) => id === person.id)) &&
    partly(query['name'], full) &&
    partly(query['firstName'], textOf(fields['firstName'])) &&
    partly(query['lastName'], textOf(fields['lastName'])) &&
    oneOf(query['stage'], [textOf(fields['stage']) || 'Lead']) &&
    oneOf(query['tags'] ?? query['tag'], textsOf(fields['tags'])) &&
    oneOf(query['source'], [textOf(fields['source'])]) &&
    oneOf(query['assignedUserId'], [scalarText(fields['assignedUserId'])]) &&
    oneOf(query['contacted'], [fields['contacted'] === true ? '1' : '0']) &&
    isInPrice(Number(fields['price'] ?? 0), query) &&
    hasCustom(fields, query) &&
    isInTime(person, query)
  );
}

function partly(asked: string | undefined, held: string): boolean {
  return asked === undefined || held.toLowerCase().includes(asked.trim().toLowerCase());
}

/** A comma list means any of them. */
function oneOf(asked: string | undefined, held: readonly string[]): boolean {
  if (asked === undefined) return true;
  const wanted = asked.split(',').map((item) => item.trim().toLowerCase());
  return held.some((item) => wanted.includes(item.toLowerCase()));
}

function isInPrice(price: number, { priceAbove, priceBelow }: Query): boolean {
  return (
    (priceAbove === undefined || price > Number(priceAbove)) &&
    (priceBelow === undefined || price < Number(priceBelow))
  );
}

/** Custom fields by their names, whose case counts. */
function hasCustom(fields: JsonObject, query: Query): boolean {
  return Object.entries(query)
    .filter(([name]) => name.startsWith('custom'))
    .every(([name, value]) => scalarText(fields[name]) === value);
}

function scalarText(value: Json | undefined): string {
  return typeof value === 'object' || value === undefined ? '' : String(value);
}
