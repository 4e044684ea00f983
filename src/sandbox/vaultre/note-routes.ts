import type { JsonObject } from '../../domain/json.ts';
import { emptyReply, jsonReply, type HttpReply } from '../kit/http/http-reply.ts';
import { isJsonObject } from '../kit/http/json-object.ts';
import type { StoredRecord } from '../kit/records/record-store.ts';
import { contactFinder } from './contact-routes.ts';
import { propertyFinder } from './property-routes.ts';
import { made, readBody, written } from './read-body.ts';
import {
  failure,
  idsOf,
  invalid,
  missing,
  page,
  sorted,
  success,
  type Handler,
  type Routes,
  type Sorts,
  type VaultreAccount,
  type VaultreCall,
} from './vaultre-call.ts';
import type { Members } from './body-shapes.ts';
import { CONTACT_NOTE_MEMBERS, CONTACT_NOTES_MEMBERS, PROPERTY_NOTE_MEMBERS } from './vaultre-forms.ts';
import { textIn } from './vaultre-record.ts';
import { wireContactNote, wirePropertyNote } from './vaultre-wire.ts';

const MOST_NOTES = 100;
const SORTS: Sorts<StoredRecord> = { inserted: ({ createdAt }) => createdAt };

/** Notes of one kind of record. */
interface NoteKind {
  readonly collection: 'contactNotes' | 'propertyNotes';
  /** Where the record's id stands in a note. */
  readonly owner: 'contactId' | 'propertyId';
  readonly members: Members;
  readonly shown: (record: StoredRecord) => JsonObject;
}

const OF_CONTACTS: NoteKind = {
  collection: 'contactNotes',
  owner: 'contactId',
  members: CONTACT_NOTE_MEMBERS,
  shown: wireContactNote,
};
const OF_PROPERTIES: NoteKind = {
  collection: 'propertyNotes',
  owner: 'propertyId',
  members: PROPERTY_NOTE_MEMBERS,
  shown: wirePropertyNote,
};

/** Notes of contacts and of properties. */
export function noteRoutes(account: VaultreAccount): Routes {
  const ofContact = contactFinder(account);
  const ofProperty = propertyFinder(account);
  const contacts = verbsOf(account, OF_CONTACTS);
  const properties = verbsOf(account, OF_PROPERTIES);
  return {
    'GET /contacts/{id}/notes': ofContact(contacts.list),
    'POST /contacts/{id}/notes': ofContact(contacts.add),
    'POST /contacts/notes': addMany(account),
    'GET /contacts/{contactid}/notes/{id}': ofContact(contacts.read),
    'PUT /contacts/{contactid}/notes/{id}': ofContact(contacts.update),
    'DELETE /contacts/{contactid}/notes/{id}': ofContact(contacts.remove),
    'GET /properties/{id}/notes': ofProperty(properties.list),
    'POST /properties/{id}/notes': ofProperty(properties.add),
    'GET /properties/{propertyid}/notes/{id}': ofProperty(properties.read),
    'PUT /properties/{propertyid}/notes/{id}': ofProperty(properties.update),
    'DELETE /properties/{propertyid}/notes/{id}': ofProperty(properties.remove),
  };
}

function verbsOf({ store, settings }: VaultreAccount, { collection, owner, members, shown }: NoteKind) {
  const notesOf = ({ id }: StoredRecord): StoredRecord[] =>
    store.all(collection).filter(({ fields }) => Number(fields[owner]) === Number(id));

  function withNote(
    record: StoredRecord,
    { params }: VaultreCall,
    then: (note: StoredRecord) => HttpReply,
  ): HttpReply {
    const note = notesOf(record).find(({ id }) => id === params['id']);
    return note === undefined ? missing(settings()) : then(note);
  }

  return {
    list(record: StoredRecord, call: VaultreCall): HttpReply {
      const types = idsOf(call.query['types']);
      const notes = notesOf(record).filter(({ fields }) => types === null || isOfType(fields, types));
      const inOrder = sorted(notes, call.query, SORTS);
      return inOrder === null
        ? invalid(['sort is not one of the list'])
        : page(inOrder.map(shown), call, settings());
    },
    add(record: StoredRecord, { body }: VaultreCall): HttpReply {
      const read = readBody(body, members, settings());
      if (!read.ok) return read.reply;
      if (textIn(read.fields, 'body').trim() === '') return invalid(['body must not be empty']);
      const note = store.create(collection, { [owner]: Number(record.id), ...made(read.fields) });
      return jsonReply(201, shown(note));
    },
    read: (record: StoredRecord, call: VaultreCall): HttpReply =>
      withNote(record, call, (note) => jsonReply(200, shown(note))),
    update: (record: StoredRecord, call: VaultreCall): HttpReply =>
      withNote(record, call, (note) => {
        if (note.fields['readOnly'] === true) return READ_ONLY;
        const read = readBody(call.body, members, settings());
        if (!read.ok) return read.reply;
        const fields = written(note.fields, read.fields, members, settings());
        return jsonReply(200, shown(store.write(collection, note.id, fields) ?? note));
      }),
    remove: (record: StoredRecord, call: VaultreCall): HttpReply =>
      withNote(record, call, (note) => {
        if (note.fields['readOnly'] === true) return READ_ONLY;
        store.remove(collection, note.id);
        return emptyReply(204);
      }),
  };
}

const READ_ONLY = failure(403, 'NO_PERMISSION', 'The note is read-only.');

function isOfType(fields: JsonObject, types: readonly number[]): boolean {
  const type = fields['type'];
  return isJsonObject(type) && types.includes(Number(type['id']));
}

/** Notes of several contacts in one request: all of them, or none. */
function addMany({ store, settings }: VaultreAccount): Handler {
  return ({ body }) => {
    const read = readBody(body, CONTACT_NOTES_MEMBERS, settings());
    if (!read.ok) return read.reply;
    const { notes, ...shared } = read.fields;
    const each = Array.isArray(notes) ? notes.filter(isJsonObject) : [];
    if (each.length === 0 || each.length > MOST_NOTES) {
      return invalid([`notes must be 1 to ${MOST_NOTES}`]);
    }
    const ids = each.map(({ contact }) => (isJsonObject(contact) ? String(Number(contact['id'])) : ''));
    if (ids.some((id) => store.lookUp('contacts', id).kind !== 'found'))
      return invalid(['a contact is unknown']);
    if (each.some((note) => textIn(note, 'body').trim() === '')) return invalid(['body must not be empty']);
    for (const [at, { body: text = '' }] of each.entries()) {
      store.create('contactNotes', { contactId: Number(ids[at]), ...made(shared), body: text });
    }
    return success('Contact notes created.', 201);
  };
}
