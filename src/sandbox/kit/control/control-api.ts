import type { IncomingMessage } from 'node:http';
import type { Json } from '../../../domain/json.ts';
import { parseRule } from '../faults/fault-input.ts';
import { emptyReply, errorReply, jsonReply, type HttpReply } from '../http/http-reply.ts';
import type { JournalEntry } from '../journal/journal.ts';
import type { MisbehaviourHandle, MisbehaviourRule } from '../faults/misbehaviour.ts';
import { recordsPage } from './records-page.ts';
import { readBody, type RequestBody } from '../http/request-body.ts';
import type { SandboxSettings } from '../../mri-vault/vault-settings.ts';
import { parseSettings } from './settings-input.ts';
import type { CommittedWrite } from '../journal/write-log.ts';
import { isVaultCollection, type VaultCollection, type VaultRecord } from '../../mri-vault/vault-record.ts';

export const CONTROL_PREFIX = '/_sandbox';

/** What the control routes may do. */
export interface SandboxControls {
  settings(): SandboxSettings;
  records(collection: VaultCollection): VaultRecord[];
  counts(): Record<string, number>;
  overLimit(): number;
  requests(): JournalEntry[];
  /** What changed the records, in the order in which it was done; those after a number. */
  writes(after: number): CommittedWrite[];
  configure(change: Partial<SandboxSettings>): void;
  misbehave(rule: MisbehaviourRule): MisbehaviourHandle;
  misbehaviours(): readonly { readonly id: string; readonly hits: number; readonly rule: MisbehaviourRule }[];
  stopMisbehaving(id?: string): boolean;
  reset(): void;
}

type Handler = (
  controls: SandboxControls,
  argument: string,
  body: Json | undefined,
  query: URLSearchParams,
) => HttpReply;

const invalid = (problems: readonly string[]): HttpReply =>
  jsonReply(400, { message: 'The request is not valid.', problems: [...problems] });

/** Headers carry the API key, so they stay inside. */
function publicEntry({ method, path, route, query, body, status, at }: JournalEntry): Json {
  return { method, path, route, query, body, status, at: new Date(at).toISOString() };
}

function publicRule(rule: MisbehaviourRule): Json {
  const { fault, match, times, probability } = rule;
  const { method, path } = match ?? {};
  return {
    fault: fault as unknown as Json,
    match: {
      ...(method === undefined ? {} : { method }),
      ...(typeof path === 'string' ? { path } : {}),
      ...(path instanceof RegExp ? { pathPattern: path.source } : {}),
    },
    ...(times === undefined ? {} : { times }),
    ...(probability === undefined ? {} : { probability }),
  };
}

function misbehave(controls: SandboxControls, _argument: string, body: Json | undefined): HttpReply {
  const parsed = parseRule(body);
  return parsed.ok ? jsonReply(201, { id: controls.misbehave(parsed.rule).id }) : invalid(parsed.problems);
}

function configure(controls: SandboxControls, _argument: string, body: Json | undefined): HttpReply {
  const parsed = parseSettings(body);
  if (!parsed.ok) return invalid(parsed.problems);
  controls.configure(parsed.settings);
  return jsonReply(200, controls.settings() as unknown as Json);
}

/** `METHOD /first`, with or without a second segment. */
const HANDLERS: Readonly<Record<string, Handler>> = {
  'GET /': (controls) =>
    recordsPage({
      records: (collection) => controls.records(collection),
      counts: controls.counts(),
      faults: controls.misbehaviours().map(({ rule }) => rule.fault.kind),
    }),
  'GET /records/*': (controls, name) =>
    isVaultCollection(name)
      ? jsonReply(200, controls.records(name))
      : errorReply(404, 'There is no such collection.'),
  'GET /counts': (controls) => jsonReply(200, { routes: controls.counts(), overLimit: controls.overLimit() }),
  'GET /requests': (controls) => jsonReply(200, controls.requests().map(publicEntry)),
  'GET /writes': (controls, _argument, _body, query) =>
    jsonReply(
      200,
      controls
        .writes(Number(query.get('after') ?? 0))
        .map((write) => ({ ...write, at: new Date(write.at).toISOString() })),
    ),
  'GET /settings': (controls) => jsonReply(200, controls.settings() as unknown as Json),
  'POST /settings': configure,
  'GET /misbehave': (controls) =>
    jsonReply(
      200,
      controls.misbehaviours().map(({ id, hits, rule }) => ({ id, hits, rule: publicRule(rule) })),
    ),
  'POST /misbehave': misbehave,
  'DELETE /misbehave': (controls) => {
    controls.stopMisbehaving();
    return emptyReply(204);
  },
  'DELETE /misbehave/*': (controls, id) =>
    controls.stopMisbehaving(id) ? emptyReply(204) : errorReply(404, 'There is no such rule.'),
  'POST /reset': (controls) => {
    controls.reset();
    return emptyReply(204);
  },
};

/** Pages of other sites that are open in a developer's browser have no business here. */
function isForeign(request: IncomingMessage): boolean {
  const site = request.headers['sec-fetch-site'];
  return site !== undefined && site !== 'same-origin' && site !== 'none';
}

function bodyValue(body: RequestBody): Json | undefined {
  return body.kind === 'json' ? body.value : undefined;
}

/** Answers a request under `/_sandbox`; null: the caller left. These requests are no part of the API's journal. */
export async function controlReply(
  request: IncomingMessage,
  { path, query }: { readonly path: string; readonly query: string },
  controls: SandboxControls,
): Promise<HttpReply | null> {
  const body = await readBody(request);
  if (body.kind === 'aborted') return null;
  if (isForeign(request) && request.method !== 'GET') return errorReply(403, 'Only from the sandbox itself.');
  if (path === CONTROL_PREFIX) return emptyReply(308, { location: `${CONTROL_PREFIX}/` });
  const [first = '', argument, ...more] = path.slice(CONTROL_PREFIX.length + 1).split('/');
  const name = `${request.method} /${first}${argument === undefined ? '' : '/*'}`;
  const handler = more.length === 0 && Object.hasOwn(HANDLERS, name) ? HANDLERS[name] : undefined;
  return handler
    ? handler(controls, argument ?? '', bodyValue(body), new URLSearchParams(query))
    : errorReply(404, 'Route not found.');
}
