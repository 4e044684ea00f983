import { emptyReply, errorReply, jsonReply, type HttpReply } from '../http/http-reply.ts';
import { isJsonObject } from '../http/json-object.ts';
import { collectionOf, invalid, type ControlCall } from './control-call.ts';

export const NO_COLLECTION = errorReply(404, 'There is no such collection.');
const NO_RECORD = errorReply(404, 'There is no such record.');
const NO_OBJECT = invalid(['the body must be an object']);

/** A record that was there before. */
export function makeRecord<C extends string, S>(call: ControlCall<C, S>): HttpReply {
  const collection = collectionOf(call);
  if (collection === undefined) return NO_COLLECTION;
  if (!isJsonObject(call.body)) return NO_OBJECT;
  try {
    const [made] = call.controls.seed(collection, [call.body]);
    return jsonReply(201, made ?? null);
  } catch (error) {
    if (error instanceof RangeError) return invalid([error.message]);
    throw error;
  }
}

/** Somebody changes the named fields of a record. */
export function editRecord<C extends string, S>(call: ControlCall<C, S>): HttpReply {
  const collection = collectionOf(call);
  if (collection === undefined) return NO_COLLECTION;
  if (!isJsonObject(call.body)) return NO_OBJECT;
  const edited = call.controls.editRecord(collection, decodeURIComponent(call.id), call.body);
  return edited === null ? NO_RECORD : jsonReply(200, edited);
}

export function deleteRecord<C extends string, S>(call: ControlCall<C, S>): HttpReply {
  const collection = collectionOf(call);
  if (collection === undefined) return NO_COLLECTION;
  return call.controls.deleteRecord(collection, decodeURIComponent(call.id)) ? emptyReply(204) : NO_RECORD;
}

/** What people of this CRM do besides. */
export function actAtDesk<C extends string, S>({ acts, argument, body }: ControlCall<C, S>): HttpReply {
  const act = Object.hasOwn(acts, argument) ? acts[argument] : undefined;
  if (act === undefined) return errorReply(404, 'People do no such thing in this CRM.');
  return isJsonObject(body) ? act(body) : NO_OBJECT;
}
