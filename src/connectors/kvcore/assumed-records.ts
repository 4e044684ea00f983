import type { Json, JsonObject } from '../../domain/json.ts';
import type { CallOutcome, Failure } from '../../domain/outcome.ts';
import type { CreatedRecord, CrmFields, RemoteHit, RemoteRecord } from '../../domain/remote-record.ts';
import type { CrmHttp, UpdateWrite } from '../connector.port.ts';
import {
  createWithoutId,
  isObject,
  notAnAbsence,
  readAll,
  readId,
  readTime,
  readVersion,
  tellsAnError,
  unreadable,
} from './wire.ts';

/** Records whose members nobody documented: how they are called, and read. */
export interface AssumedShape {
  /** The path of one, and of several. */
  readonly one: string;
  readonly many: string;
  /** The member that every such record has. */
  readonly proof: string;
  /** The mapped fields of a body. */
  read(body: JsonObject): CrmFields;
  /** As a write takes them. */
  write(fields: CrmFields): JsonObject;
}

/** All of them are gone through, since there is no search: with more, nothing is found out. */
const MOST_LISTED = 5_000;

/** What the routes of such records do; what is called otherwise than it was taken for is told, and taken back. */
export function assumedRecords(shape: AssumedShape) {
  const hitOf = (body: Json): RemoteHit | null => readHit(shape, body);
  const isOther = (body: Json): boolean => isObject(body) && body[shape.proof] === undefined;

  async function all(http: CrmHttp, verb: 'find' | 'list'): Promise<CallOutcome<readonly RemoteHit[]>> {
    const found = await readAll(http, { verb, path: [shape.many], query: {} }, MOST_LISTED);
    if (found.kind !== 'applied') return found;
    if (found.value.some(isOther)) return otherShape(shape.many);
    const hits = found.value.map(hitOf);
    return hits.some((hit) => hit === null)
      ? unreadable('a listing', 200)
      : { kind: 'applied', value: hits.filter((hit) => hit !== null) };
  }

  return {
    all: (http: CrmHttp) => all(http, 'find'),
    async changes(http: CrmHttp, since: number, limit: number): Promise<CallOutcome<readonly RemoteHit[]>> {
      const listed = await all(http, 'list');
      if (listed.kind !== 'applied') return listed;
      const from = Math.floor(since / 1_000) * 1_000;
      const hits = listed.value.filter(({ version }) => version === null || Date.parse(version) >= from);
      return hits.length > limit
        ? unreadable('a listing of too many', 200)
        : { kind: 'applied', value: hits };
    },
    async create(http: CrmHttp, fields: CrmFields): Promise<CallOutcome<CreatedRecord>> {
      const body = written(shape, fields, () => true);
      const outcome = await http.request({ verb: 'create', method: 'POST', path: [shape.one], body });
      if (outcome.kind !== 'applied') return outcome;
      const { status, body: answer } = outcome.value;
      const made = hitOf(answer);
      if (made === null) return createWithoutId(status);
      if (!isShown(shape, answer)) return await takeBack(http, shape, made.id);
      const { id, version, fields: held } = made;
      return { kind: 'applied', value: { id, version, fields: held, origin: 'created' } };
    },
    async update(
      http: CrmHttp,
      remoteId: string,
      { fields, changed }: UpdateWrite,
    ): Promise<CallOutcome<RemoteRecord>> {
      const sent = written(shape, fields, (name) => changed.includes(name));
      const body =
        Object.keys(sent).length > 0 ? sent : written(shape, fields, (name) => name === shape.proof);
      const outcome = await http.request({
        verb: 'update',
        method: 'PUT',
        path: [shape.one, remoteId],
        body,
      });
      if (outcome.kind !== 'applied') return outcome;
      const { status, body: answer } = outcome.value;
      if (Array.isArray(answer) || tellsAnError(answer)) return unreadable('an update', status);
      const told = hitOf(answer);
      if (told === null) return { kind: 'applied', value: { id: remoteId, version: null } };
      if (isOther(answer)) return otherShape(shape.one);
      return { kind: 'applied', value: { id: told.id, version: told.version, fields: told.fields } };
    },
    async read(http: CrmHttp, remoteId: string): Promise<CallOutcome<RemoteHit>> {
      const outcome = await http.request({ verb: 'read', method: 'GET', path: [shape.one, remoteId] });
      if (outcome.kind !== 'applied') return outcome.kind === 'gone' ? outcome : notAnAbsence(outcome);
      const hit = outcome.value.status === 200 ? hitOf(outcome.value.body) : null;
      if (hit === null) return unreadable('a read', outcome.value.status);
      if (isOther(outcome.value.body)) return otherShape(shape.one);
      return hit.id === remoteId
        ? { kind: 'applied', value: hit }
        : { kind: 'gone', code: 'MERGED', detail: 'kvCORE answered with another record.' };
    },
    async delete(http: CrmHttp, remoteId: string): Promise<CallOutcome<null>> {
      const outcome = await http.request({ verb: 'delete', method: 'DELETE', path: [shape.one, remoteId] });
      if (outcome.kind !== 'applied') return outcome;
      const { status, body } = outcome.value;
      return tellsAnError(body) ? unreadable('a delete', status) : { kind: 'applied', value: null };
    },
  };
}

function readHit(shape: AssumedShape, body: Json): RemoteHit | null {
  const id = isObject(body) ? readId(body['id']) : null;
  if (id === null || !isObject(body)) return null;
  return {
    id,
    version: readVersion(body['updated_at']),
    createdAt: readTime(body['created_at']),
    fields: shape.read(body),
  };
}

function isShown(shape: AssumedShape, body: Json): boolean {
  const proof = isObject(body) ? body[shape.proof] : undefined;
  return proof !== undefined && proof !== null && proof !== '';
}

/** Empty ones are left out, as with contacts. */
function written(shape: AssumedShape, fields: CrmFields, isSent: (name: string) => boolean): JsonObject {
  const wanted = Object.fromEntries(Object.entries(fields).filter(([name]) => isSent(name)));
  const isEmpty = (value: Json): boolean =>
    value === null || value === '' || (Array.isArray(value) && value.length === 0);
  return Object.fromEntries(Object.entries(shape.write(wanted)).filter(([, value]) => !isEmpty(value)));
}

/** A record of which kvCORE took nothing is of no use to anybody. */
async function takeBack(http: CrmHttp, shape: AssumedShape, remoteId: string): Promise<Failure> {
  const removed = await http.request({ verb: 'delete', method: 'DELETE', path: [shape.one, remoteId] });
  const isLeft = removed.kind !== 'applied' && removed.kind !== 'gone';
  return otherShape(shape.one, isLeft ? ` The blank one that it made (${remoteId}) is left there.` : '');
}

function otherShape(what: string, also = ''): Failure {
  return {
    kind: 'rejected',
    code: 'ASSUMPTION_WRONG',
    detail: `kvCORE calls the members of a ${what} otherwise than this connector takes it: nothing is sent.${also}`,
    status: null,
    fields: [],
    whose: 'record',
  };
}
