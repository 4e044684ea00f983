import type { Json, JsonObject } from '../../../domain/json.ts';
import { isJsonObject } from '../../kit/http/json-object.ts';
import { shownText, textOf, type SfOrg } from '../org/sf-org.ts';
import { failed, failure, NO_JSON, NOT_ALLOWED, NOT_FOUND, ok, type SfReply } from '../org/sf-reply.ts';
import { resolveReferences, type Answers } from './composite-references.ts';
import { jsonBody, objectBody, type Dispatch, type RestCall } from './rest-call.ts';
import { splitUrl } from './split-url.ts';

/** Of a composite and of a batch (verified). */
const MOST = 25;
/** Queries and collections among them (verified). */
const MOST_HEAVY = 5;

const METHODS: readonly string[] = ['GET', 'POST', 'PATCH', 'PUT', 'DELETE', 'HEAD'];

interface Part {
  readonly method: string;
  readonly url: string;
  readonly referenceId: string;
  readonly body: Json | undefined;
  readonly headers: Readonly<Record<string, string>>;
}

/** `/composite` and `/composite/batch`. */
export function createCompositeRoutes(org: SfOrg, dispatch: Dispatch) {
  /** One subrequest after the other; what refers to one that failed is halted (VERIFIED-3). */
  function runParts(call: RestCall, parts: readonly Part[]): { part: Part; reply: SfReply }[] {
    const answers: Answers = new Map();
    return parts.map((part) => {
      const resolved = resolveReferences({ url: part.url, body: part.body }, answers);
      const reply = resolved.ok
        ? dispatch(callOf(call, part, resolved.url, resolved.body))
        : failed(400, failure('PROCESSING_HALTED', resolved.message));
      answers.set(part.referenceId, reply);
      return { part, reply };
    });
  }

  function composite(call: RestCall): SfReply {
    if (call.method === 'GET')
      return ok({ tree: '/composite/tree', batch: '/composite/batch', sobjects: '/composite/sobjects' });
    if (call.method !== 'POST') return NOT_ALLOWED(call.method);
    const body = objectBody(call);
    const parts = body === null ? null : partsOf(body);
    if (body === null || parts === null) return NO_JSON;
    const wrong = problemOf(parts);
    if (wrong !== null) return wrong;
    let done: { part: Part; reply: SfReply }[] = [];
    const allOrNone = body['allOrNone'] === true;
    const isKept = org.store.attempt(() => {
      done = runParts(call, parts);
      return !allOrNone || done.every(({ reply }) => reply.status < 300 && !hasFailedItem(reply));
    });
    return ok({
      compositeResponse: done.map(({ part, reply }) => partWire(part, isKept ? reply : undone(reply))),
    });
  }

  /** Independent of each other; each counts as a call. */
  function batch(call: RestCall): SfReply {
    if (call.method !== 'POST') return NOT_ALLOWED(call.method);
    const body = objectBody(call);
    const requests = body?.['batchRequests'];
    if (body === null || !Array.isArray(requests)) return NO_JSON;
    if (requests.length > MOST) return tooMany(requests.length);
    let isHalted = false;
    let hasErrors = false;
    const results = (requests as readonly Json[]).map((request): JsonObject => {
      const given = isJsonObject(request) ? request : {};
      const reply = isHalted
        ? failed(412, failure('BATCH_PROCESSING_HALTED', 'Batch processing halted per request'))
        : dispatch(
            callOf(
              call,
              batchPart(given),
              `/services/data/${textOf(given['url']).replace(/^\/(services\/data\/)?/, '')}`,
              given['richInput'],
            ),
          );
      if (reply.status >= 300) {
        hasErrors = true;
        isHalted ||= body['haltOnError'] === true;
      }
      return { statusCode: reply.status, result: reply.body ?? null };
    });
    return ok({ hasErrors, results });
  }

  return { composite, batch };
}

function batchPart({ method, url, richInput }: JsonObject): Part {
  const name = (textOf(method) || 'GET').toUpperCase();
  return { method: name, url: textOf(url), referenceId: '', body: richInput, headers: {} };
}

function callOf(call: RestCall, part: Part, url: string, body: Json | undefined): RestCall {
  const { version, path, query } = splitUrl(url);
  return {
    ...call,
    method: part.method,
    version,
    path,
    query,
    body: jsonBody(body),
    headers: { ...call.headers, ...part.headers },
  };
}

function partsOf(body: JsonObject): Part[] | null {
  const requests = body['compositeRequest'];
  if (!Array.isArray(requests)) return null;
  const parts = (requests as readonly Json[]).map((request): Part | null => {
    if (!isJsonObject(request)) return null;
    const { method, url, referenceId, body: inside, httpHeaders } = request;
    if (typeof method !== 'string' || typeof url !== 'string' || typeof referenceId !== 'string') return null;
    const headers = Object.entries(isJsonObject(httpHeaders) ? httpHeaders : {});
    return {
      method: method.toUpperCase(),
      url,
      referenceId,
      body: inside,
      headers: Object.fromEntries(headers.map(([name, value]) => [name.toLowerCase(), shownText(value)])),
    };
  });
  return parts.every((part) => part !== null) ? parts : null;
}

/** What refuses a composite before anything of it is done. */
function problemOf(parts: readonly Part[]): SfReply | null {
  if (parts.length > MOST) return tooMany(parts.length);
  const heavy = parts.filter(({ url }) => /\/(query|queryAll|composite\/sobjects)(\/|\?|$)/i.test(url));
  if (heavy.length > MOST_HEAVY) {
    const told = `Limit of ${MOST_HEAVY} Query and Collections operations exceeded`;
    return failed(400, failure('LIMIT_EXCEEDED', told));
  }
  const names = parts.map(({ referenceId }) => referenceId);
  if (names.some((name) => !/^[a-zA-Z][a-zA-Z0-9_]*$/.test(name)) || new Set(names).size < names.length)
    return failed(400, failure('INVALID_INPUT', 'Each referenceId must be unique and begin with a letter'));
  return parts.every(({ method }) => METHODS.includes(method)) ? null : NOT_FOUND;
}

function tooMany(count: number): SfReply {
  const told = `The request can’t contain more than ${MOST} operations: ${count}`;
  return failed(400, failure('LIMIT_EXCEEDED', told));
}

const hasFailedItem = ({ body }: SfReply): boolean =>
  Array.isArray(body) &&
  (body as readonly Json[]).some((item) => isJsonObject(item) && item['success'] === false);

/** What was well is taken back. */
function undone(reply: SfReply): SfReply {
  if (reply.status >= 300) return reply;
  const told = 'The transaction was rolled back since another operation in the same transaction failed.';
  return failed(400, failure('PROCESSING_HALTED', told));
}

function partWire({ referenceId, url }: Part, { status, body, headers = {} }: SfReply): JsonObject {
  const id = status === 201 && isJsonObject(body) ? body['id'] : undefined;
  const [, base = ''] = /^(\/services\/data\/[^/]+\/sobjects\/[^/?]+)/.exec(url) ?? [];
  return {
    body: body ?? null,
    httpHeaders: { ...headers, ...(typeof id === 'string' && { Location: `${base}/${id}` }) },
    httpStatusCode: status,
    referenceId,
  };
}
