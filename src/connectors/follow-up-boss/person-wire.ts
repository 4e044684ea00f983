import type { Json, JsonObject } from '../../domain/json.ts';
import type { CrmFields, RemoteHit, RemoteRecord } from '../../domain/remote-record.ts';
import { TRASH_STAGE, WRITTEN_ENTRY_MEMBERS } from './assumed.ts';
import { isObject, readId, readObjects, readText, readTexts, readTime } from './wire.ts';

/** Of whom nobody is assigned: told apart from an answer that doesn't say. */
export const NOBODY = 0;

/** What people enter beside the mapped fields, and what it is where they entered nothing. */
const UNTOUCHED: Readonly<Record<string, readonly Json[]>> = {
  stage: ['Lead'],
  background: [],
  addresses: [],
  price: [0],
  timeframeId: [0],
};

/** A person as answers show them: the mapped fields as they are sent, and what else people entered. Null: it is none. */
export function readPerson(body: Json): RemoteHit | null {
  const remote = readPersonId(body);
  if (remote === null || !isObject(body)) return null;
  return {
    ...remote,
    createdAt: readTime(body['created']),
    fields: personFields(body),
    rest: personRest(body),
  };
}

export function readPersonId(body: Json): RemoteRecord | null {
  const id = isObject(body) ? readId(body['id']) : null;
  return id === null || !isObject(body) ? null : { id, version: readText(body['updated']) || null };
}

export function isTrashed(body: Json): boolean {
  return isObject(body) && readText(body['stage']).toLowerCase() === TRASH_STAGE.toLowerCase();
}

/** Only what the answer tells: an answer may be asked for some fields, or give an id alone. */
function personFields(body: JsonObject): CrmFields {
  const { firstName, lastName, emails, phones, tags, assignedUserId } = body;
  return {
    ...(firstName !== undefined && { firstName: readText(firstName) }),
    ...(lastName !== undefined && { lastName: readText(lastName) }),
    ...(emails !== undefined && { emails: writtenEntries(emails) }),
    ...(phones !== undefined && { phones: writtenEntries(phones) }),
    ...(tags !== undefined && { tags: [...readTexts(tags)] }),
    ...(assignedUserId !== undefined && { assignedUserId: assignedUserId ?? NOBODY }),
  };
}

/** The entries of a list, relationships' too, the primary one first, as a write takes them. */
export function writtenEntries(list: Json | undefined): JsonObject[] {
  const entries = readObjects(list);
  const isPrimary = ({ isPrimary: told }: JsonObject): boolean => told === 1 || told === true || told === '1';
  const ordered = [...entries.filter(isPrimary), ...entries.filter((entry) => !isPrimary(entry))];
  return ordered.map((entry) =>
    Object.fromEntries(
      WRITTEN_ENTRY_MEMBERS.flatMap((name) => {
        const value = entry[name];
        return value === undefined || value === null ? [] : [[name, value] as const];
      }),
    ),
  );
}

function personRest(body: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(body).filter(([name, value]) => {
      const untouched = UNTOUCHED[name];
      if (untouched === undefined && !name.startsWith('custom')) return false;
      const isEmpty = value === null || value === '' || (Array.isArray(value) && value.length === 0);
      return !isEmpty && !(untouched ?? []).includes(value);
    }),
  );
}
