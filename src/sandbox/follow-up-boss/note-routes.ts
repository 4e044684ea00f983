import type { Json, JsonObject } from '../../domain/json.ts';
import { jsonReply, type HttpReply } from '../kit/http/http-reply.ts';
import type { StoredRecord } from '../kit/records/record-store.ts';
import type { FubAccount, FubCaller } from './fub-caller.ts';
import { isInTime, listReply } from './fub-page.ts';
import { textOf, timeText } from './fub-record.ts';
import { deletedReply, HIDDEN, invalid, missing } from './fub-reply.ts';
import type { FubRoutes } from './fub-route.ts';
import type { FubSettings } from './fub-settings.ts';
import { isVisible } from './person-search.ts';

const MEMBERS = new Set(['personId', 'subject', 'body', 'isHtml', 'typeId', 'createdAt']);

/** What `/notes` does: the notes of a person. */
export function noteRoutes(account: FubAccount): FubRoutes {
  const { store, settings, now } = account;

  function personOf(id: Json | undefined): StoredRecord | null {
    const found = store.lookUp('people', String(Number(id)));
    return found.kind === 'found' ? found.record : null;
  }

  /** Somebody new is being assigned for a while, and not there for notes. */
  function withPerson(id: Json | undefined, caller: FubCaller, then: () => HttpReply): HttpReply {
    const person = personOf(id);
    if (person === null || now() < person.createdAt + settings().assigningMs) return missing('Person');
    return isVisible(person, caller) ? then() : HIDDEN;
  }

  function withNote(id: string, caller: FubCaller, then: (held: StoredRecord) => HttpReply): HttpReply {
    const found = store.lookUp('notes', id);
    if (found.kind !== 'found') return missing('Note');
    return withPerson(found.record.fields['personId'], caller, () => then(found.record));
  }

  const wire = (note: StoredRecord): JsonObject => noteWire(note, settings());

  function create(body: JsonObject, caller: FubCaller): HttpReply {
    const problem = problemOf(body, settings());
    if (problem !== null) return invalid(problem);
    if (body['personId'] === undefined) return invalid('Field personId is required.');
    if (textOf(body['body']) === '' && textOf(body['subject']) === '')
      return invalid('Field body is required.');
    return withPerson(body['personId'], caller, () => {
      const made = store.create('notes', {
        ...body,
        createdById: Number(caller.user.id),
        createdBy: caller.user.fields['name'] ?? null,
        systemName: caller.system,
      });
      return jsonReply(201, wire(made));
    });
  }

  function update(held: StoredRecord, body: JsonObject): HttpReply {
    const problem = problemOf(body, settings());
    if (problem !== null) return invalid(problem);
    return jsonReply(200, wire(store.write('notes', held.id, { ...held.fields, ...body }) ?? held));
  }

  return {
    'GET /notes': ({ query, address, caller }) => {
      const notes = store.all('notes').filter((note) => {
        const person = personOf(note.fields['personId']);
        const isTheirs =
          query['personId'] === undefined || Number(query['personId']) === Number(note.fields['personId']);
        return person !== null && isTheirs && isVisible(person, caller) && isInTime(note, query);
      });
      return listReply(notes, {
        collection: 'notes',
        query,
        address,
        deepOffset: settings().deepOffset,
        wire,
      });
    },
    'GET /notes/:id': ({ params: [id = ''], caller }) =>
      withNote(id, caller, (held) => jsonReply(200, wire(held))),
    'POST /notes': ({ body, caller }) => create(body, caller),
    'PUT /notes/:id': ({ params: [id = ''], body, caller }) =>
      withNote(id, caller, (held) => update(held, body)),
    'DELETE /notes/:id': ({ params: [id = ''], caller }) =>
      withNote(id, caller, (held) => {
        store.remove('notes', held.id);
        return deletedReply(settings().deleteStatus);
      }),
  };
}

function noteWire(
  { id, fields, createdAt, updatedAt }: StoredRecord,
  { noteBody }: Pick<FubSettings, 'noteBody'>,
): JsonObject {
  const body = textOf(fields['body']);
  return {
    id: Number(id),
    created: timeText(createdAt),
    updated: timeText(updatedAt),
    subject: '',
    isHtml: false,
    type: 'Note',
    systemName: null,
    ...fields,
    body: noteBody === 'escaped' ? escaped(body) : body,
    personId: Number(fields['personId']),
  };
}

function problemOf(body: JsonObject, { unknownFields }: Pick<FubSettings, 'unknownFields'>): string | null {
  const unknown = Object.keys(body).filter((name) => !MEMBERS.has(name));
  if (unknown.length > 0 && unknownFields === 'refused')
    return `Invalid fields in the request body: ${unknown.join(', ')}.`;
  return ['subject', 'body'].every(
    (name) => [undefined, null].includes(body[name] as null) || typeof body[name] === 'string',
  )
    ? null
    : 'Field body must be a string.';
}
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
