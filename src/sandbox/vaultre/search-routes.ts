import type { JsonObject } from '../../domain/json.ts';
import { jsonReply, type HttpReply } from '../kit/http/http-reply.ts';
import { isJsonObject } from '../kit/http/json-object.ts';
import type { StoredRecord } from '../kit/records/record-store.ts';
import { SUBURBS, suburbOf } from './suburb-table.ts';
import {
  flagOf,
  idsOf,
  invalid,
  page,
  type Handler,
  type Routes,
  type VaultreAccount,
  type VaultreCall,
} from './vaultre-call.ts';
import {
  digitsOf,
  displayAddressOf,
  displayNameOf,
  emailsOf,
  EVERY,
  idsIn,
  phoneKey,
  phonesOf,
  textIn,
} from './vaultre-record.ts';
import type { VaultreSettings } from './vaultre-settings.ts';
import { wireFoundContact, wireFoundProperty } from './vaultre-wire.ts';

type Fits = (fields: JsonObject) => boolean;

const LEAST_LETTERS = 4;

/** The searches, which see what was written a while ago, and the suggestions. */
export function searchRoutes(account: VaultreAccount): Routes {
  const { store, settings } = account;

  function contacts(call: VaultreCall, key: string, fits: Fits): HttpReply {
    const archived = flagOf(call.query['archived']);
    const found = store.search(
      'contacts',
      key,
      (fields) => fits(fields) && (archived === undefined || (fields['archived'] === true) === archived),
    );
    return page(inOrder(found).map(wireFoundContact), call, settings());
  }

  const byTerm =
    (search: (term: string, call: VaultreCall) => HttpReply): Handler =>
    (call) => {
      const term = call.query['term'] ?? '';
      return term.trim() === '' ? invalid(['term is required']) : search(term, call);
    };

  return {
    'GET /search/contacts/email': byTerm((term, call) => contacts(call, term, hasEmail(term, settings()))),
    'GET /search/contacts/phone': byTerm((term, call) =>
      contacts(call, phoneKey(term), hasPhone(term, settings())),
    ),
    'GET /search/contacts/name': byTerm((term, call) => contacts(call, EVERY, hasName(term))),
    'GET /search/contacts': (call) => {
      const criteria = criteriaOf(call.query);
      if (criteria === null) return invalid([`a term has at least ${LEAST_LETTERS} characters`]);
      if (criteria.length === 0) return invalid(['there is nothing to search by']);
      // As the vendor has it: on any of them, unless it is told otherwise.
      const isFuzzy = flagOf(call.query['fuzzy']) ?? true;
      const fits: Fits = (fields) =>
        isFuzzy ? criteria.some((each) => each(fields)) : criteria.every((each) => each(fields));
      return contacts(call, EVERY, fits);
    },
    'GET /search/properties/address': byTerm((term, call) => {
      const found = store.search('properties', EVERY, (fields) => hasAddress(fields, term, settings()));
      return page(inOrder(found).map(wireFoundProperty), call, settings());
    }),
    'GET /suggest/suburb': byTerm((term, call) => suggestSuburb(term, call, settings())),
    'GET /suburbs': () =>
      jsonReply(
        200,
        SUBURBS.map(({ shown }) => shown),
      ),
  };
}

function inOrder(found: readonly StoredRecord[]): StoredRecord[] {
  return [...found].sort((one, other) => Number(one.id) - Number(other.id));
}

function hasEmail(term: string, { emailSearch }: VaultreSettings): Fits {
  const form = (text: string): string => (emailSearch === 'exact' ? text : text.toLowerCase());
  return (fields) => emailsOf(fields).some((email) => form(email) === form(term));
}

function hasPhone(term: string, { phoneSearch }: VaultreSettings): Fits {
  const form = phoneSearch === 'exact' ? (text: string): string => text : digitsOf;
  return (fields) => phonesOf(fields).some((number) => form(number) === form(term));
}

function hasName(term: string): Fits {
  const sought = term.trim().toLowerCase();
  return (fields) =>
    [
      displayNameOf(fields),
      `${textIn(fields, 'partnerFirstName')} ${textIn(fields, 'partnerLastName')}`,
    ].some((name) => name.toLowerCase().includes(sought));
}

/** What a search by several things asks for, each by itself; null: one is too short. */
function criteriaOf(query: VaultreCall['query']): readonly Fits[] | null {
  const { name, phone, email, company, streetName } = query;
  if ([name, phone, email].some((term) => term !== undefined && term.length < LEAST_LETTERS)) return null;
  const categories = idsOf(query['categories']);
  const suburbs = idsOf(query['suburb']);
  const types = idsOf(query['contactType']);
  const includes = (text: string, term: string): boolean => text.toLowerCase().includes(term.toLowerCase());
  const criteria: (Fits | false)[] = [
    name !== undefined && hasName(name),
    phone !== undefined &&
      ((fields) => phonesOf(fields).some((number) => digitsOf(number).includes(digitsOf(phone)))),
    email !== undefined && ((fields) => emailsOf(fields).some((each) => includes(each, email))),
    company !== undefined && ((fields) => includes(textIn(fields, 'company'), company)),
    streetName !== undefined &&
      ((fields) =>
        isJsonObject(fields['address']) && includes(textIn(fields['address'], 'street'), streetName)),
    categories !== null && ((fields) => idsIn(fields['categories']).some((id) => categories.includes(id))),
    suburbs !== null && ((fields) => suburbs.includes(suburbOf(fields)?.id ?? 0)),
    types !== null && ((fields) => types.includes(idsIn([fields['entityType'] ?? { id: 1 }])[0] ?? 0)),
  ];
  return criteria.filter((each) => each !== false);
}

const wordsOf = (text: string): string[] =>
  text
    .toLowerCase()
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .match(/[\p{L}\p{N}]+/gu) ?? [];

function hasAddress(fields: JsonObject, term: string, { addressSearch }: VaultreSettings): boolean {
  const held = wordsOf(displayAddressOf(fields));
  const sought = wordsOf(term);
  if (sought.length === 0) return false;
  if (addressSearch === 'words') return sought.every((word) => held.includes(word));
  const [whole, asked] = [held.join(' '), sought.join(' ')];
  return addressSearch === 'exact' ? whole === asked : whole.startsWith(asked);
}

/** By a part of the name, or by the whole postcode. */
function suggestSuburb(term: string, call: VaultreCall, settings: VaultreSettings): HttpReply {
  const sought = term.trim().toLowerCase();
  const isExact = flagOf(call.query['exactMatch']) ?? false;
  const found = SUBURBS.filter(({ name, postcode }) => {
    if (postcode === sought) return true;
    return isExact ? name.toLowerCase() === sought : name.toLowerCase().includes(sought);
  });
  return page(
    found.map(({ shown }) => shown),
    call,
    settings,
  );
}
