import type { IncomingHttpHeaders } from 'node:http';
import type { Json } from '../../../domain/json.ts';
import { parseRule } from '../faults/fault-input.ts';
import type { MisbehaviourRule } from '../faults/misbehaviour.ts';
import { emptyReply, errorReply, jsonReply, type HttpReply } from '../http/http-reply.ts';
import { isJsonObject } from '../http/json-object.ts';
import type { ReceivedRequest } from '../http/received-request.ts';
import type { JournalEntry } from '../journal/journal.ts';
import { recordsPage } from './records-page.ts';
import {
  collectionOf,
  collectionsOf,
  invalid,
  type ControlCall,
  type DeskActs,
  type SandboxControls,
  type SandboxFace,
} from './control-call.ts';
import { parseSettings } from './settings-form.ts';

const CONTROL_PREFIX = '/_sandbox';

const NO_COLLECTION = errorReply(404, 'There is no such collection.');
const NO_RECORD = errorReply(404, 'There is no such record.');
const NO_OBJECT = invalid(['the body must be an object']);

type Handler = <C extends string, S>(call: ControlCall<C, S>) => HttpReply;

/** Headers carry the API key, so they stay inside. */
function publicEntry({ method, path, route, query, body, status, at }: JournalEntry): Json {
  return { method, path, route, query, body, status, at: new Date(at).toISOString() };
}

function publicRule(rule: MisbehaviourRule): Json {
  const { fault, match, times, probability } = rule;
  const { method, path, except } = match ?? {};
  return {
    fault: fault as unknown as Json,
    match: {
      ...(method === undefined ? {} : { method }),
      ...(typeof path === 'string' ? { path } : {}),
      ...(path instanceof RegExp ? { pathPattern: path.source } : {}),
      ...(except === undefined ? {} : { except }),
    },
    ...(times === undefined ? {} : { times }),
    ...(probability === undefined ? {} : { probability }),
  };
}

function showPage<C extends string, S>({ face, controls }: ControlCall<C, S>): HttpReply {
  return recordsPage({
    name: face.name,
    collections: collectionsOf(face).map((collection) => ({
      name: collection,
      title: face.collections[collection].title,
      records: controls.records(collection),
    })),
    counts: controls.counts(),
    faults: controls.misbehaviours().map(({ rule }) => rule.fault.kind),
  });
}

function showRecords<C extends string, S>(call: ControlCall<C, S>): HttpReply {
  const collection = collectionOf(call);
  return collection === undefined ? NO_COLLECTION : jsonReply(200, call.controls.records(collection));
}

function showWrites<C extends string, S>({ controls, query }: ControlCall<C, S>): HttpReply {
  const writes = controls.writes(Number(query.get('after') ?? 0));
  return jsonReply(
    200,
    writes.map((write) => ({ ...write, at: new Date(write.at).toISOString() })),
  );
}

function showSettings<C extends string, S>({ controls }: ControlCall<C, S>): HttpReply {
  return jsonReply(200, controls.settings() as unknown as Json);
}

function configure<C extends string, S>(call: ControlCall<C, S>): HttpReply {
  const parsed = parseSettings(call.body, call.face.settingsForm);
  if (!parsed.ok) return invalid(parsed.problems);
  call.controls.configure(parsed.settings);
  return showSettings(call);
}

function misbehave<C extends string, S>({ controls, body }: ControlCall<C, S>): HttpReply {
  const parsed = parseRule(body);
  return parsed.ok ? jsonReply(201, { id: controls.misbehave(parsed.rule).id }) : invalid(parsed.problems);
}

/** A record that was there before. */
function makeRecord<C extends string, S>(call: ControlCall<C, S>): HttpReply {
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
function editRecord<C extends string, S>(call: ControlCall<C, S>): HttpReply {
  const collection = collectionOf(call);
  if (collection === undefined) return NO_COLLECTION;
  if (!isJsonObject(call.body)) return NO_OBJECT;
  const edited = call.controls.editRecord(collection, decodeURIComponent(call.id), call.body);
  return edited === null ? NO_RECORD : jsonReply(200, edited);
}

function deleteRecord<C extends string, S>(call: ControlCall<C, S>): HttpReply {
  const collection = collectionOf(call);
  if (collection === undefined) return NO_COLLECTION;
  return call.controls.deleteRecord(collection, decodeURIComponent(call.id)) ? emptyReply(204) : NO_RECORD;
}

/** What people of this CRM do besides. */
function actAtDesk<C extends string, S>({ acts, argument, body }: ControlCall<C, S>): HttpReply {
  const act = Object.hasOwn(acts, argument) ? acts[argument] : undefined;
  if (act === undefined) return errorReply(404, 'People do no such thing in this CRM.');
  return isJsonObject(body) ? act(body) : NO_OBJECT;
}

/** `METHOD /first`, with as many further segments as there are stars. */
const HANDLERS: Readonly<Record<string, Handler>> = {
  'GET /': showPage,
  'GET /records/*': showRecords,
  'POST /records/*': makeRecord,
  'PATCH /records/*/*': editRecord,
  'DELETE /records/*/*': deleteRecord,
  'POST /people/*': actAtDesk,
  'GET /counts': ({ controls }) =>
    jsonReply(200, { routes: controls.counts(), overLimit: controls.overLimit() }),
  'GET /requests': ({ controls }) => jsonReply(200, controls.requests().map(publicEntry)),
  'GET /writes': showWrites,
  'GET /settings': showSettings,
  'POST /settings': configure,
  'GET /misbehave': ({ controls }) =>
    jsonReply(
      200,
      controls.misbehaviours().map(({ id, hits, rule }) => ({ id, hits, rule: publicRule(rule) })),
    ),
  'POST /misbehave': misbehave,
  'DELETE /misbehave': ({ controls }) => {
    controls.stopMisbehaving();
    return emptyReply(204);
  },
  'DELETE /misbehave/*': ({ controls, argument }) =>
    controls.stopMisbehaving(argument) ? emptyReply(204) : errorReply(404, 'There is no such rule.'),
  'POST /reset': ({ controls }) => {
    controls.reset();
    return emptyReply(204);
  },
};

/** Pages of other sites that are open in a developer's browser have no business here. */
function isForeign(headers: IncomingHttpHeaders): boolean {
  const site = headers['sec-fetch-site'];
  return site !== undefined && site !== 'same-origin' && site !== 'none';
}

/** Whether a path is the sandbox's own, and no part of the CRM's API. */
export function isControlPath(path: string): boolean {
  return path === CONTROL_PREFIX || path.startsWith(`${CONTROL_PREFIX}/`);
}

/** Answers a request under `/_sandbox`. These requests are no part of the API's journal. */
export function controlReply<C extends string, S>(
  { method, path, query, headers, body }: ReceivedRequest,
  face: SandboxFace<C, S>,
  controls: SandboxControls<C, S>,
  acts: DeskActs,
): HttpReply {
  if (isForeign(headers) && method !== 'GET') return errorReply(403, 'Only from the sandbox itself.');
  if (path === CONTROL_PREFIX) return emptyReply(308, { location: `${CONTROL_PREFIX}/` });
  const [first = '', ...rest] = path.slice(CONTROL_PREFIX.length + 1).split('/');
  const name = `${method} /${first}${'/*'.repeat(rest.length)}`;
  const handler = Object.hasOwn(HANDLERS, name) ? HANDLERS[name] : undefined;
  if (handler === undefined) return errorReply(404, 'Route not found.');
  return handler({
    face,
    controls,
    acts,
    argument: rest[0] ?? '',
    id: rest[1] ?? '',
    body: body.kind === 'json' ? body.value : undefined,
    query: new URLSearchParams(query),
  });
}
