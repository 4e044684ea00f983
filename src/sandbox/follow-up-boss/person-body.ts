import type { Json, JsonObject } from '../../domain/json.ts';
import type { FubAccount } from './fub-caller.ts';
import { isJsonObject } from '../kit/http/json-object.ts';
import { objectsOf, textOf } from './fub-record.ts';

/** A body's members, as they are kept; or what is wrong with them, in the vendor's words. */
export type CheckedBody =
  { readonly ok: true; readonly fields: JsonObject } | { readonly ok: false; readonly message: string };

type Shape = 'text' | 'name-or-id' | 'flag' | 'number' | 'id' | 'texts' | 'ids' | 'entries' | 'addresses';

const SHAPES: Readonly<Record<string, Shape>> = {
  firstName: 'text',
  lastName: 'text',
  name: 'text',
  stage: 'text',
  contacted: 'flag',
  price: 'number',
  assignedTo: 'name-or-id',
  assignedUserId: 'id',
  assignedPondId: 'id',
  assignedLenderName: 'text',
  assignedLenderId: 'id',
  emails: 'entries',
  phones: 'entries',
  addresses: 'addresses',
  tags: 'texts',
  background: 'text',
  timeframeId: 'id',
};

/** Taken on creation only, and left as they are afterwards. */
const WRITTEN_ONCE: Readonly<Record<string, Shape>> = {
  createdAt: 'text',
  source: 'text',
  sourceUrl: 'text',
  collaborators: 'ids',
};

/** What answers carry beside: a body may carry it back. */
const ANSWERED = new Set(
  'id created updated createdVia lastActivity stageId picture delayed claimed websiteVisits lastReceivedEmail lastSentEmail _rateLimit count'.split(
    ' ',
  ),
);

const WRONG: Readonly<Record<Shape, string>> = {
  text: 'a string',
  'name-or-id': 'a name',
  flag: 'a boolean',
  number: 'a number',
  id: 'an integer',
  texts: 'an array of strings',
  ids: 'an array of integers',
  entries: 'an array of objects with a value',
  addresses: 'an array of objects',
};

/** Checks what a POST or a PUT of a person says. */
export function checkPerson(body: JsonObject, account: FubAccount, isNew: boolean): CheckedBody {
  const { unknownFields } = account.settings();
  const shapes: Readonly<Record<string, Shape>> = isNew ? { ...SHAPES, ...WRITTEN_ONCE } : SHAPES;
  const custom = new Set(account.store.all('customFields').map(({ fields }) => textOf(fields['name'])));
  const fields: Record<string, Json> = {};
  const unknown: string[] = [];
  for (const [name, value] of Object.entries(body)) {
    const shape = shapes[name];
    if (shape !== undefined) {
      if (!fits(shape, value)) return { ok: false, message: `Field ${name} must be ${WRONG[shape]}.` };
      fields[name] = value;
    } else if (custom.has(name)) fields[name] = value;
    else if (!ANSWERED.has(name) && !Object.hasOwn(WRITTEN_ONCE, name)) unknown.push(name);
  }
  if (unknown.length > 0 && unknownFields === 'refused') {
    return { ok: false, message: `Invalid fields in the request body: ${unknown.join(', ')}.` };
  }
  return checkedValues(fields, account);
}

function fits(shape: Shape, value: Json): boolean {
  if (value === null) return true;
  switch (shape) {
    case 'text':
      return typeof value === 'string';
    case 'name-or-id':
      return typeof value === 'string' || typeof value === 'number';
    case 'flag':
      return typeof value === 'boolean' || value === 0 || value === 1;
    case 'number':
      return Number.isFinite(Number(value)) && value !== '';
    case 'id':
      return Number.isSafeInteger(Number(value)) && value !== '';
    case 'texts':
      return Array.isArray(value) && value.every((item) => typeof item === 'string');
    case 'ids':
      return Array.isArray(value) && value.every((item) => Number.isSafeInteger(Number(item)));
    case 'entries':
      return (
        Array.isArray(value) &&
        value.every((item: Json) => isJsonObject(item) && typeof item['value'] === 'string')
      );
    case 'addresses':
      return Array.isArray(value) && value.every((item: Json) => isJsonObject(item));
  }
}

/** Names, stage, owner and entries, as they are kept. */
function checkedValues(given: JsonObject, account: FubAccount): CheckedBody {
  const { unknownStage, entryMembers } = account.settings();
  const { name, assignedTo, ...fields }: Record<string, Json> = { ...given };
  if (typeof name === 'string' && fields['firstName'] === undefined) {
    const [first = '', ...rest] = name.trim().split(/\s+/);
    fields['firstName'] = first;
    fields['lastName'] ??= rest.join(' ');
  }
  if (fields['stage'] !== undefined) {
    const stage = stageNamed(account, textOf(fields['stage']));
    if (stage === null && unknownStage === 'refused') return { ok: false, message: 'Invalid stage.' };
    if (stage === null) delete fields['stage'];
    else fields['stage'] = stage;
  }
  const owner = ownerIn(fields['assignedUserId'], assignedTo, account);
  if (owner === 'unknown') return { ok: false, message: 'Invalid assigned user.' };
  if (owner !== undefined) fields['assignedUserId'] = owner;
  for (const list of ['emails', 'phones'] as const) {
    const entries = objectsOf(fields[list]);
    if (entryMembers === 'refused' && entries.some(saysWhatIsTold)) {
      return { ok: false, message: `Invalid fields in ${list}: isPrimary.` };
    }
    if (fields[list] !== undefined) fields[list] = entries.map(keptEntry);
  }
  if (Array.isArray(fields['tags'])) fields['tags'] = distinctTags(fields['tags'] as string[]);
  return { ok: true, fields };
}

function stageNamed({ store }: FubAccount, asked: string): string | null {
  const stages = store.all('stages').map(({ fields }) => textOf(fields['name']));
  return stages.find((name) => name.toLowerCase() === asked.trim().toLowerCase()) ?? null;
}

/** Undefined: the body says nothing of it. */
function ownerIn(id: Json | undefined, name: Json | undefined, { store }: FubAccount) {
  if (id === null || (id === undefined && name === null)) return null;
  if (id === undefined && name === undefined) return undefined;
  const users = store.all('users');
  const found = users.find(
    (user) => Number(user.id) === Number(id ?? name) || (id === undefined && user.fields['name'] === name),
  );
  return found === undefined ? 'unknown' : Number(found.id);
}

const saysWhatIsTold = (entry: JsonObject): boolean => 'isPrimary' in entry || 'status' in entry;

function keptEntry({ value, type, relationshipId }: JsonObject): JsonObject {
  return {
    value: textOf(value).trim(),
    ...(typeof type === 'string' && { type }),
    ...(relationshipId !== undefined && relationshipId !== null && { relationshipId }),
  };
}

/** Each once, in whatever case. */
export function distinctTags(tags: readonly string[]): string[] {
  const seen = new Map<string, string>();
  for (const tag of tags.map((text) => text.trim())) {
    if (tag !== '' && !seen.has(tag.toLowerCase())) seen.set(tag.toLowerCase(), tag);
  }
  return [...seen.values()];
}
