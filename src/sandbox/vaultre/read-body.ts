import type { Json, JsonObject } from '../../domain/json.ts';
import { isJsonObject } from '../kit/http/json-object.ts';
import type { HttpReply } from '../kit/http/http-reply.ts';
import type { RequestBody } from '../kit/http/received-request.ts';
import { object, type Members } from './body-shapes.ts';
import { suburbById } from './suburb-table.ts';
import { invalid, objectOf } from './vaultre-call.ts';
import type { VaultreSettings } from './vaultre-settings.ts';

export type ReadBody =
  { readonly ok: true; readonly fields: JsonObject } | { readonly ok: false; readonly reply: HttpReply };

/** A body's members as far as a form names them, or the answer to one that doesn't fit. */
export function readBody(body: RequestBody, members: Members, settings: VaultreSettings): ReadBody {
  const value = objectOf(body);
  if (!isJsonObject(value)) return { ok: false, reply: invalid(['the body must be an object']) };
  const rules = { strict: settings.strict, nulls: settings.nulls !== 'refused' };
  const problems = [...object(members)(value, rules).map((problem) => problem.replace(/^\./, ''))];
  for (const name of ['address', 'postalAddress']) {
    const address = value[name];
    const suburb = isJsonObject(address) ? address['suburb'] : undefined;
    if (isJsonObject(suburb) && suburbById(suburb['id']) === null) problems.push(`${name}.suburb is unknown`);
  }
  if (problems.length > 0) return { ok: false, reply: invalid(problems) };
  return { ok: true, fields: onlyNamed(value, members) };
}

function onlyNamed(value: JsonObject, members: Members): JsonObject {
  return Object.fromEntries(Object.entries(value).filter(([name]) => Object.hasOwn(members, name)));
}

/** What a PUT leaves of a record, whose other members stay: the sandbox's own, and those that no PUT names. */
export function written(
  held: JsonObject,
  sent: JsonObject,
  members: Members,
  settings: Pick<VaultreSettings, 'putMode' | 'emptyText' | 'nulls'>,
): JsonObject {
  const stays = ([name]: [string, unknown]): boolean =>
    settings.putMode === 'merge' || !Object.hasOwn(members, name) || name === 'status';
  const next: Record<string, Json> = Object.fromEntries(Object.entries(held).filter(stays));
  for (const [name, value] of Object.entries(sent)) {
    const isEmpty = value === '' || value === null;
    const clears = value === '' ? settings.emptyText === 'clears' : settings.nulls === 'clears';
    if (!isEmpty) next[name] = isJsonObject(value) ? withoutEmpty(value) : value;
    else if (clears) delete next[name];
  }
  return next;
}

/** What a POST makes of what was sent. */
export function made(sent: JsonObject): JsonObject {
  const settings = { putMode: 'replace', emptyText: 'clears', nulls: 'clears' } as const;
  return written({}, sent, {}, settings);
}

function withoutEmpty(value: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== '' && member !== null));
}
