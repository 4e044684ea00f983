import type { Json, JsonObject } from '../../domain/json.ts';
import { emptyReply, jsonReply, type HttpReply } from '../kit/http/http-reply.ts';
import { isJsonObject } from '../kit/http/json-object.ts';
import type { StoredRecord } from '../kit/records/record-store.ts';
import { CONTACT_CATEGORIES } from './account-tables.ts';
import { made, readBody, written } from './read-body.ts';
import {
  flagOf,
  idsOf,
  invalid,
  missing,
  page,
  sorted,
  success,
  type Routes,
  type Sorts,
  type VaultreAccount,
  type VaultreCall,
} from './vaultre-call.ts';
import { CONTACT_MEMBERS, ITEMS_MEMBERS, NEW_CONTACT_MEMBERS } from './vaultre-forms.ts';
import { isModified, unreadTime } from './modified-between.ts';
import { emailsOf, idsIn, textIn } from './vaultre-record.ts';
import { wireContact, wireWholeContact } from './vaultre-wire.ts';

const SORTS: Sorts<StoredRecord> = {
  firstName: ({ fields }) => textIn(fields, 'firstName').toLowerCase(),
  lastName: ({ fields }) => textIn(fields, 'lastName').toLowerCase(),
  inserted: ({ createdAt }) => createdAt,
  modified: ({ updatedAt }) => updatedAt,
  touched: ({ updatedAt }) => updatedAt,
};

/** Contacts and the categories that they are filed under. */
export function contactRoutes(account: VaultreAccount): Routes {
  const { store, settings } = account;
  const withContact = contactFinder(account);

  function list(call: VaultreCall): HttpReply {
    const { query } = call;
    const categories = idsOf(query['categories']);
    const archived = flagOf(query['archived']);
    const wrong = unreadTime(query);
    if (wrong !== null) return invalid([wrong]);
    const found = store
      .all('contacts')
      .filter((record) => isModified(record, query))
      .filter(({ fields }) => archived === undefined || (fields['archived'] === true) === archived)
      .filter(
        ({ fields }) =>
          categories === null || idsIn(fields['categories']).some((id) => categories.includes(id)),
      );
    const inOrder = sorted(found, query, SORTS);
    if (inOrder === null) return invalid(['sort is not one of the list']);
    return page(
      inOrder.map((record) => wireContact(record, settings())),
      call,
      settings(),
    );
  }

  function create({ body }: VaultreCall): HttpReply {
    const read = readBody(body, NEW_CONTACT_MEMBERS, settings());
    if (!read.ok) return read.reply;
    return jsonReply(201, wireWholeContact(store.create('contacts', tidied(made(read.fields))), settings()));
  }

  function update(held: StoredRecord, { body }: VaultreCall): HttpReply {
    const read = readBody(body, CONTACT_MEMBERS, settings());
    if (!read.ok) return read.reply;
    const fields = tidied(written(held.fields, read.fields, CONTACT_MEMBERS, settings()));
    return jsonReply(200, wireWholeContact(store.write('contacts', held.id, fields) ?? held, settings()));
  }

  /** Sets the categories to what comes of the held and the named ones. */
  function categorise(combine: (held: number[], named: number[]) => number[], message: string) {
    return withContact((held, { body }) => {
      const read = readBody(body, ITEMS_MEMBERS, settings());
      if (!read.ok) return read.reply;
      if (!Array.isArray(read.fields['items'])) return invalid(['items must be an array']);
      const named = idsIn(read.fields['items']);
      const unknown = named.find((id) => CONTACT_CATEGORIES.every((category) => category.id !== id));
      if (unknown !== undefined) return invalid([`there is no category ${unknown}`]);
      const categories = [...new Set(combine(idsIn(held.fields['categories']), named))];
      store.write('contacts', held.id, { ...held.fields, categories });
      return success(message);
    });
  }

  return {
    'GET /contacts': list,
    'POST /contacts': create,
    'GET /contacts/{id}': withContact((held) => jsonReply(200, wireWholeContact(held, settings()))),
    'PUT /contacts/{id}': withContact(update),
    'DELETE /contacts/{id}': withContact(({ id }) => {
      store.remove('contacts', id);
      return emptyReply(204);
    }),
    'GET /contacts/{id}/categories': withContact(({ fields }, call) => {
      const ids = idsIn(fields['categories']);
      return page(
        CONTACT_CATEGORIES.filter(({ id }) => ids.includes(id)),
        call,
        settings(),
      );
    }),
    'PUT /contacts/{id}/categories': categorise((_held, named) => named, 'Contact categories updated.'),
    'POST /contacts/{id}/categories': categorise(
      (held, named) => [...held, ...named],
      'Contact category attached.',
    ),
    'PUT /contacts/{id}/categories/remove': categorise(
      (held, named) => held.filter((id) => !named.includes(id)),
      'Contact categories removed.',
    ),
  };
}

/** Who was merged into a contact. */
export function mergedRoutes(account: VaultreAccount): Routes {
  return {
    'GET /contacts/{contactid}/merged': contactFinder(account)(({ fields }, call) =>
      page(
        idsIn(fields['merged']).map((id) => ({ id })),
        call,
        account.settings(),
      ),
    ),
  };
}

type OfContact = (held: StoredRecord, call: VaultreCall) => HttpReply;

/** Finds the contact of a path, by whichever name its id has there. */
export function contactFinder({ store, settings }: VaultreAccount) {
  return (then: OfContact) =>
    (call: VaultreCall): HttpReply => {
      const found = store.lookUp('contacts', call.params['contactid'] ?? call.params['id'] ?? '');
      return found.kind === 'found' ? then(found.record, call) : missing(settings());
    };
}

/** An e-mail that is nothing, and a phone without a number, aren't kept. */
function tidied(fields: JsonObject): JsonObject {
  const { emails, phoneNumbers, ...others } = fields;
  return {
    ...others,
    ...(emails !== undefined && { emails: emailsOf(fields).filter((email) => email !== '') }),
    ...(Array.isArray(phoneNumbers) && {
      phoneNumbers: phoneNumbers.filter(
        (phone: Json) => isJsonObject(phone) && textIn(phone, 'number') !== '',
      ),
    }),
  };
}
