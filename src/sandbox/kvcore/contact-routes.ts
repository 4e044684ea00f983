import type { Json, JsonObject } from '../../domain/json.ts';
import { jsonReply, type HttpReply } from '../kit/http/http-reply.ts';
import { isJsonObject } from '../kit/http/json-object.ts';
import type { StoredRecord } from '../kit/records/record-store.ts';
import { checkContact } from './contact-body.ts';
import { findContacts, isVisible } from './contact-search.ts';
import { contactDetail, contactRow } from './contact-wire.ts';
import type { KvcoreAccount, KvcoreCaller, KvcoreRoutes } from './kvcore-call.ts';
import { listReply } from './kvcore-page.ts';
import { given, isBlank, textOf, textsOf } from './kvcore-record.ts';
import { deletedReply, errorReply, invalid, missing } from './kvcore-reply.ts';

const ARCHIVED = 6;

/** What contacts do: one is `/contact`, several are `/contacts`. */
export function contactRoutes(account: KvcoreAccount): KvcoreRoutes {
  const { store, settings } = account;

  function withContact(id: string, caller: KvcoreCaller, then: (held: StoredRecord) => HttpReply): HttpReply {
    const found = store.lookUp('contacts', id);
    return found.kind === 'found' && isVisible(found.record, caller)
      ? then(found.record)
      : missing('Contact');
  }

  const holderOf = (email: string): StoredRecord | undefined =>
    store.all('contacts').find(({ fields }) => textOf(fields['email']).toLowerCase() === email.toLowerCase());

  function create(body: JsonObject, caller: KvcoreCaller): HttpReply {
    const checked = checkContact(body, settings(), true);
    if (!checked.ok) return invalid(checked.problems);
    const known = settings().duplicates === 'merged' ? holderOf(textOf(checked.fields['email'])) : undefined;
    if (known !== undefined) return update(known, body);
    const { assigned_agent_id: named, external_vendor_id: vendors, ...fields } = given(checked.fields);
    const agent = named ?? routedTo(account, caller);
    const made = store.create('contacts', {
      status: 0,
      ...fields,
      ...(agent !== null && { assigned_agent_id: Number(agent) }),
      ...(vendors !== undefined && settings().vendorIds === 'kept' && { external_vendor_id: vendors }),
    });
    return jsonReply(settings().createStatus, contactDetail(made, settings()));
  }

  function update(held: StoredRecord, body: JsonObject): HttpReply {
    const checked = checkContact(body, settings(), false);
    if (!checked.ok) return invalid(checked.problems);
    const { assigned_agent_id: named, ...others } = checked.fields;
    const kept = Object.entries(others).filter(
      ([, value]) => settings().blanks === 'cleared' || !isBlank(value),
    );
    // Takes effect only where nobody has the contact.
    const agent = isBlank(held.fields['assigned_agent_id']) && !isBlank(named) ? Number(named) : null;
    const stored = store.write('contacts', held.id, {
      ...held.fields,
      ...Object.fromEntries(kept),
      ...(agent !== null && { assigned_agent_id: agent }),
    });
    return jsonReply(200, contactDetail(stored ?? held, settings()));
  }

  function remove(held: StoredRecord): HttpReply {
    if (settings().deletes === 'archives')
      store.write('contacts', held.id, { ...held.fields, status: ARCHIVED });
    else {
      for (const note of store.all('notes'))
        if (textOf(note.fields['contact_id']) === held.id) store.remove('notes', note.id);
      store.remove('contacts', held.id);
    }
    return deletedReply(settings().deleteStatus);
  }

  function tag(held: StoredRecord, body: JsonObject, isAdded: boolean): HttpReply {
    const names = namesIn(body['tags']);
    if (names.length === 0) return invalid({ tags: 'The tags field is required.' });
    const others = textsOf(held.fields['tags']).filter((name) => !names.includes(name));
    store.write('contacts', held.id, { ...held.fields, tags: isAdded ? [...others, ...names] : others });
    return jsonReply(200, {});
  }

  return {
    'GET /contacts': ({ query, caller, address }) => {
      if (query.has('filter[updated_at]') && settings().updatedFilter === 'refused')
        return errorReply(400, 'Invalid filter');
      const wire = (record: StoredRecord): JsonObject => contactRow(record, settings());
      return listReply(findContacts(account, caller, query), { query, address, settings: settings(), wire });
    },
    'POST /contact': ({ body, caller }) => create(body, caller),
    'GET /contact/:id': ({ params: [id = ''], caller }) =>
      withContact(id, caller, (held) => jsonReply(200, contactDetail(held, settings()))),
    'PUT /contact/:id': ({ params: [id = ''], body, caller }) =>
      withContact(id, caller, (held) => update(held, body)),
    'DELETE /contact/:id': ({ params: [id = ''], caller }) => withContact(id, caller, remove),
    'PUT /contact/:id/tags': ({ params: [id = ''], body, caller }) =>
      withContact(id, caller, (held) => tag(held, body, true)),
    'DELETE /contact/:id/tags': ({ params: [id = ''], body, caller }) =>
      withContact(id, caller, (held) => tag(held, body, false)),
  };
}

/** Whom a contact goes to that nobody was named for; null: nobody. */
function routedTo({ store, settings }: KvcoreAccount, { userId }: KvcoreCaller): number | null {
  const { leadRouting } = settings();
  if (leadRouting === 'nobody') return null;
  const another = store.all('users').find(({ id }) => Number(id) !== userId);
  return leadRouting === 'another' && another !== undefined ? Number(another.id) : userId;
}

function namesIn(tags: Json | undefined): string[] {
  if (!Array.isArray(tags)) return [];
  return (tags as readonly Json[])
    .map((tag) => (isJsonObject(tag) ? textOf(tag['name']) : ''))
    .filter((name) => name !== '');
}
