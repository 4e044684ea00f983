import type { JsonObject } from '../../domain/json.ts';
import { jsonReply, type HttpReply } from '../kit/http/http-reply.ts';
import type { StoredRecord } from '../kit/records/record-store.ts';
import { isVisible } from './contact-search.ts';
import { timeWire } from './contact-wire.ts';
import type { KvcoreAccount, KvcoreCaller, KvcoreRoutes } from './kvcore-call.ts';
import { listReply } from './kvcore-page.ts';
import { textOf, textsOf } from './kvcore-record.ts';
import { errorReply, invalid, missing } from './kvcore-reply.ts';
import type { KvcoreSettings } from './kvcore-settings.ts';

const HASHTAG = /#(\w+)/gu;

/** Notes of a contact: a PUT without an id makes one, and is not idempotent. */
export function noteRoutes(account: KvcoreAccount): KvcoreRoutes {
  const { store, settings, now } = account;
  const wire = (note: StoredRecord): JsonObject => noteWire(note, settings());

  function withContact(id: string, caller: KvcoreCaller, then: (held: StoredRecord) => HttpReply): HttpReply {
    const found = store.lookUp('contacts', id);
    return found.kind === 'found' && isVisible(found.record, caller)
      ? then(found.record)
      : missing('Contact');
  }

  const notesOf = (id: string): StoredRecord[] =>
    store.all('notes').filter(({ fields }) => textOf(fields['contact_id']) === id);

  /** A new contact takes none for a while; what stands behind a # becomes a tag of the contact's. */
  function note(contact: StoredRecord, body: JsonObject, noteId: string | null): HttpReply {
    if (now() < contact.createdAt + settings().notesAfterMs)
      return errorReply(settings().notesTooEarly, 'The contact is still being created.');
    const [title, details] = [textOf(body['title']), textOf(body['details'])];
    if (title === '' || details === '')
      return invalid({
        ...(title === '' && { title: 'The title field is required.' }),
        ...(details === '' && { details: 'The details field is required.' }),
      });
    const tags = [...details.matchAll(HASHTAG)].map(([, tag = '']) => tag);
    if (tags.length > 0) {
      const held = textsOf(contact.fields['tags']);
      store.write('contacts', contact.id, { ...contact.fields, tags: [...new Set([...held, ...tags])] });
    }
    const fields = { ...body, title, details, contact_id: Number(contact.id) };
    if (noteId === null) return jsonReply(200, wire(store.create('notes', fields)));
    const written = store.write('notes', noteId, fields);
    return written === null ? missing('Note') : jsonReply(200, wire(written));
  }

  return {
    'GET /contact/:id/action/note': ({ params: [id = ''], caller, query, address }) =>
      withContact(id, caller, () => {
        const { noteList, lists } = settings();
        const form = noteList === 'bare' ? 'bare' : lists;
        return listReply(notesOf(id), { query, address, settings: { lists: form }, wire });
      }),
    'GET /contact/:id/action/note/:id': ({ params: [id = '', noteId = ''], caller }) =>
      withContact(id, caller, () => {
        const found = notesOf(id).find((held) => held.id === noteId);
        return found === undefined ? missing('Note') : jsonReply(200, wire(found));
      }),
    'PUT /contact/:id/action/note': ({ params: [id = ''], caller, body }) =>
      withContact(id, caller, (held) => note(held, body, null)),
    'PUT /contact/:id/action/note/:id': ({ params: [id = '', noteId = ''], caller, body }) =>
      withContact(id, caller, (held) => note(held, body, noteId)),
  };
}

function noteWire({ id, fields, createdAt }: StoredRecord, settings: KvcoreSettings): JsonObject {
  const details = textOf(fields['details']);
  return {
    id: Number(id),
    ...fields,
    details: settings.noteText === 'escaped' ? escaped(details) : details,
    created_at: timeWire(createdAt, settings),
  };
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
