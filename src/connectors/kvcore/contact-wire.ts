import type { Json, JsonObject } from '../../domain/json.ts';
import type { CrmFields, RemoteHit, RemoteRecord } from '../../domain/remote-record.ts';
import { EMPTIED, NO_NAME } from './assumed.ts';
import { isObject, readFlag, readId, readText, readTexts, readTime, readVersion } from './wire.ts';

/** The part that notes are. */
export const NOTES = 'notes';

/** What somebody doesn't want, and the flag of kvCORE's that is 0 then. */
export const OPT_OUT_FLAGS = { email: 'email_optin', phone: 'phone_on', sms: 'text_on' } as const;

/** Of whom nobody is assigned: told apart from an answer that doesn't say. */
const NOBODY = 0;

/** Mapped fields that are texts, by the names of the wire. */
const TEXTS = ['first_name', 'last_name', 'email', 'second_email', 'cell_phone_1', 'external_vendor_id'];

/** What people enter beside the mapped fields, and what it is where they entered nothing. */
const UNTOUCHED: Readonly<Record<string, readonly Json[]>> = {
  status: [0, '0'],
  cell_phone_2: [],
  home_phone: [],
  work_phone: [],
  fax: [],
  primary_address: [],
  primary_city: [],
  primary_state: [],
  primary_zip: [],
  rating: [0, '0'],
  avg_price: [0, '0'],
  avg_beds: [0, '0'],
  avg_baths: [0, '0'],
  title: [],
  birthday: [],
  spouse_first_name: [],
  spouse_last_name: [],
  spouse_email: [],
  spouse_phone: [],
  last_closing_date: [],
};

/** A contact as an answer shows it, whole or as a row of a listing: only what the answer tells. Null: it is none. */
export function readContact(body: Json): RemoteHit | null {
  const remote = readContactId(body);
  if (remote === null || !isObject(body)) return null;
  return {
    ...remote,
    createdAt: readTime(body['created_at']),
    fields: contactFields(body),
    rest: restOf(body),
  };
}

export function readContactId(body: Json): RemoteRecord | null {
  const id = isObject(body) ? readId(body['id']) : null;
  return id === null || !isObject(body) ? null : { id, version: readVersion(body['updated_at']) };
}

/** Whom it is with; null: nobody, or it isn't told. */
export function agentIn(body: Json): string | null {
  return isObject(body) ? readId(body['assigned_agent_id']) : null;
}

function contactFields(body: JsonObject): CrmFields {
  const { deal_type: types, assigned_agent_id: agent } = body;
  const texts = TEXTS.filter((name) => body[name] !== undefined).map(
    (name) => [name, readName(readText(body[name]))] as const,
  );
  const flags = Object.entries(OPT_OUT_FLAGS);
  const isTold = flags.every(([, flag]) => body[flag] !== undefined);
  return {
    ...Object.fromEntries(texts),
    ...(types !== undefined && { deal_type: [...readTexts(types)] }),
    ...(isTold && {
      optOuts: Object.fromEntries(flags.map(([way, flag]) => [way, readFlag(body[flag]) === false])),
    }),
    ...(agent !== undefined && { assigned_agent_id: agent === null ? NOBODY : (sentAgent(agent) ?? NOBODY) }),
  };
}

function sentAgent(agent: Json): Json {
  const id = readId(agent);
  return id !== null && /^\d{1,15}$/.test(id) ? Number(id) : id;
}

/** What stands for no name is none. */
function readName(text: string): string {
  return text.trim() === NO_NAME ? '' : text;
}

function restOf(body: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(body).filter(([name, value]) => {
      const untouched = UNTOUCHED[name];
      if (untouched === undefined || value === null || value === '') return false;
      return !untouched.includes(value);
    }),
  );
}

/** What a POST or a PUT takes of mapped fields; empty ones are left out, unless it is known what they do. */
export function contactBody(fields: CrmFields, isSent: (name: string) => boolean): JsonObject {
  const body: Record<string, Json> = {};
  for (const [name, value] of Object.entries(fields)) {
    if (!isSent(name) || name === NOTES) continue;
    if (name === 'optOuts') Object.assign(body, optOutBody(value));
    else if (name === 'deal_type') {
      const types = readTexts(value).join(',');
      if (isKept(types)) body[name] = types;
    } else if (isKept(value)) body[name] = value;
  }
  return body;
}

function isKept(value: Json): boolean {
  const isEmpty = value === null || value === '';
  return !isEmpty || (EMPTIED as string) === 'value';
}

/** Set, and never unset. */
function optOutBody(value: Json): JsonObject {
  const flags = Object.entries(OPT_OUT_FLAGS).filter(([way]) => isObject(value) && value[way] === true);
  return Object.fromEntries(flags.map(([, flag]) => [flag, 0]));
}
