import type { EntityKind } from '../../../../../src/domain/entity.ts';
import type { Json, JsonObject } from '../../../../../src/domain/json.ts';
import type { RequestInProcess } from '../../../../../src/sandbox/kit/http/received-request.ts';
import type { KitCrm, KitCrmOptions } from '../kit-subject.ts';
import { createMany } from './made-up-many.ts';

/** A CRM that there is not: contacts in three parts (their own fields, tags, notes) and properties. No deals. */
export interface MadeUpCrm extends KitCrm {
  edit(kind: EntityKind, id: string, fields: JsonObject): void;
}

interface Held {
  readonly id: string;
  readonly madeAt: number;
  readonly shownAt: number;
  fields: JsonObject;
}

interface Call {
  readonly kind: 'contact' | 'property';
  readonly id: string | null;
  readonly part: string | undefined;
  readonly method: string;
  readonly query: URLSearchParams;
  readonly body: JsonObject;
}

const KINDS: Readonly<Record<string, Call['kind']>> = { contacts: 'contact', properties: 'property' };

/** Whoever is called this is refused. */
export const BAD_NAME = 'Refuse Me';

/** What a role is called by, there. */
export const ROLES = { buyer: 'tag-1', vendor: 'tag-2' } as const;

export function openMadeUpCrm({ clock, secret, searchLagMs, unique }: KitCrmOptions): MadeUpCrm {
  const shelves = { contact: new Map<string, Held>(), property: new Map<string, Held>() };
  const aliases = new Map<string, string>();
  let isRevoked = false;
  let made = 0;
  const refuses = (body: JsonObject): boolean => body['name'] === BAD_NAME;

  const shelf = (kind: EntityKind): Map<string, Held> => (kind === 'deal' ? new Map() : shelves[kind]);
  const put = (kind: EntityKind, fields: JsonObject, shownAt: number): Held => {
    made += 1;
    const held: Held = {
      id: `r${made}`,
      madeAt: clock.now() + made,
      shownAt,
      fields: structuredClone(fields),
    };
    shelf(kind).set(held.id, held);
    return held;
  };
  const find = (kind: Call['kind'], query: URLSearchParams, at: number): Held[] =>
    [...shelves[kind].values()].filter(
      ({ fields, shownAt }) =>
        shownAt <= at && keysOf(kind, fields).includes((query.get('key') ?? '').toLowerCase()),
    );

  function create(kind: Call['kind'], body: JsonObject): Response {
    if (refuses(body)) return json(422, { message: 'Not that one.' });
    const same = keysOf(kind, body).flatMap((key) => find(kind, new URLSearchParams({ key }), Infinity))[0];
    if (unique && same !== undefined) return json(200, { ...shown(same), existing: true });
    return json(201, shown(put(kind, body, clock.now() + searchLagMs)));
  }

  function one({ kind, id, part, method, body }: Call): Response {
    const held = shelves[kind].get(id ?? '');
    if (held === undefined) return json(404, { message: 'There is no such record.' });
    if (part === 'notes') return notes(held, method, body);
    if (part === 'tags') held.fields = { ...held.fields, tags: body['tags'] ?? [] };
    else if (method === 'PATCH') held.fields = { ...held.fields, ...body };
    else if (method === 'PUT') held.fields = body;
    else if (method === 'DELETE') {
      shelves[kind].delete(held.id);
      return json(200, null);
    }
    return json(200, shown(held));
  }

  function answer(path: string, call: Omit<Call, 'kind' | 'id' | 'part'>): Response | Promise<Response> {
    const [first = '', id, part] = path.slice(1).split('/').map(decodeURIComponent);
    if (first === 'me') return json(200, { account: 'kit' });
    if (first === 'roles') return json(200, ROLES);
    if (first === 'many' || first === 'jobs') return many.answer([first, id ?? '', part ?? ''], call);
    const kind = KINDS[first];
    if (kind === undefined) return json(404, { message: 'There is no such route.' });
    if (id !== undefined) return one({ ...call, kind, id: aliases.get(id) ?? id, part });
    if (call.method === 'POST') return create(kind, call.body);
    return json(200, find(kind, call.query, clock.now()).map(shown));
  }

  const many = createMany(clock, {
    create: async (collection, body) => await ended(create(KINDS[collection] ?? 'contact', body)),
    update: async (collection, id, body) =>
      await ended(
        one({
          kind: KINDS[collection] ?? 'contact',
          id,
          part: undefined,
          method: 'PATCH',
          query: NO_QUERY,
          body,
        }),
      ),
    find: (collection, key) =>
      find(KINDS[collection] ?? 'contact', new URLSearchParams({ key }), clock.now()).map(shown),
  });

  return {
    fetch(target: string, { method = 'GET', headers = {}, body = '' }: RequestInProcess = {}) {
      const { pathname, searchParams } = new URL(target);
      if (isRevoked || headers['authorization'] !== `Key ${secret}`) {
        return Promise.resolve(json(401, { message: 'Who are you?' }));
      }
      const isText = headers['content-type'] === 'text/plain';
      const parsed = body === '' ? {} : isText ? { text: body } : (JSON.parse(body) as JsonObject);
      return Promise.resolve(answer(pathname, { method, query: searchParams, body: parsed }));
    },
    credentials: { key: secret },
    records: (kind) => [...shelf(kind).values()].map(shown),
    seed: (kind, fields) => put(kind, fields, 0) !== null,
    remove: (kind, id) => void shelf(kind).delete(id),
    merge: (kind, _keepId, goneId) => void shelf(kind).delete(goneId),
    edit(kind, id, fields) {
      const held = shelf(kind).get(id);
      if (held !== undefined) held.fields = { ...held.fields, ...fields };
    },
    revoke: () => {
      isRevoked = true;
    },
  };
}

const NO_QUERY = new URLSearchParams();

async function ended(response: Response): Promise<JsonObject> {
  return { status: response.status, ...((await response.json()) as JsonObject) };
}

function notes(held: Held, method: string, body: JsonObject): Response {
  const all = Array.isArray(held.fields['notes']) ? (held.fields['notes'] as Json[]) : [];
  if (method === 'POST') held.fields = { ...held.fields, notes: [...all, body['text'] ?? ''] };
  return json(200, method === 'POST' ? { ok: true } : all);
}

function keysOf(kind: Call['kind'], { emails, address }: JsonObject): string[] {
  if (kind === 'property') return [String(address).toLowerCase()];
  return Array.isArray(emails)
    ? emails.map((entry: Json) => String((entry as JsonObject)['value']).toLowerCase())
    : [];
}

function shown({ id, madeAt, fields }: Held) {
  return { ...structuredClone(fields), id, madeAt };
}

function json(status: number, body: Json): Response {
  return new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json' } });
}
