import type { Json } from '../../domain/json.ts';
import type { CallOutcome, Failure } from '../../domain/outcome.ts';
import type {
  CreatedRecord,
  CrmFields,
  RemoteHit,
  RemoteRecord,
  SoughtKey,
} from '../../domain/remote-record.ts';
import type { CrmHttp, UpdateWrite } from '../connector.port.ts';
import { MOST_DEALS_LISTED } from './assumed.ts';
import { carriedLists, listsIn } from './carry-lists.ts';
import { isDealSought } from './deal-mapping.ts';
import { isDeleted, readDeal } from './deal-wire.ts';
import { createWithoutId, notAnAbsence, readAll, tellsAnError, unreadable, walk } from './wire.ts';

const DEALS = 'deals';

const DELETED: Failure = { kind: 'gone', code: 'DELETED', detail: 'The deal was deleted in Follow Up Boss.' };

export async function createDeal(http: CrmHttp, fields: CrmFields): Promise<CallOutcome<CreatedRecord>> {
  const body = sentFields(fields, (_name, value) => value !== null);
  const outcome = await http.request({ verb: 'create', method: 'POST', path: [DEALS], body });
  if (outcome.kind !== 'applied') return outcome;
  const remote = readDeal(outcome.value.body);
  if (remote === null) return createWithoutId(outcome.value.status);
  const { id, version, fields: held } = remote;
  return { kind: 'applied', value: { id, version, fields: held, origin: 'created' } };
}

/** As with people: what changed alone, and a list with what others added to it. Whom it is given to is never written. */
export async function updateDeal(
  http: CrmHttp,
  remoteId: string,
  write: UpdateWrite,
): Promise<CallOutcome<RemoteRecord>> {
  const changed = new Set(write.changed);
  // A stage is of one pipeline: it is the stage that moves a deal there.
  if (changed.has('pipelineId')) changed.add('stageId');
  let { fields } = write;
  if (write.rest == null && listsIn(write.changed).length > 0) {
    const now = await readDealById(http, remoteId);
    if (now.kind !== 'applied') return now;
    fields = { ...fields, ...carriedLists(write, now.value.fields) };
  }
  const isSent = (name: string): boolean => changed.has(name) && name !== 'userIds';
  const sent = sentFields(fields, isSent);
  const body = Object.keys(sent).length > 0 ? sent : sentFields(fields, (name) => name === 'name');
  const outcome = await http.request({ verb: 'update', method: 'PUT', path: [DEALS, remoteId], body });
  if (outcome.kind !== 'applied') return outcome;
  const { status, body: answer } = outcome.value;
  if (Array.isArray(answer) || tellsAnError(answer)) return unreadable('an update', status);
  if (isDeleted(answer)) return DELETED;
  const told = readDeal(answer);
  if (told === null) return { kind: 'applied', value: { id: remoteId, version: null } };
  return { kind: 'applied', value: { id: remoteId, version: told.version, fields: told.fields } };
}

/** A deleted one is still answered. */
export async function readDealById(http: CrmHttp, remoteId: string): Promise<CallOutcome<RemoteHit>> {
  const outcome = await http.request({ verb: 'read', method: 'GET', path: [DEALS, remoteId] });
  if (outcome.kind !== 'applied') return outcome.kind === 'gone' ? outcome : notAnAbsence(outcome);
  const { status, body } = outcome.value;
  const hit = status === 200 ? readDeal(body) : null;
  if (hit === null) return unreadable('a read', status);
  if (hit.id !== remoteId)
    return { kind: 'gone', code: 'MERGED', detail: 'Follow Up Boss answered with another deal.' };
  return isDeleted(body) ? DELETED : { kind: 'applied', value: hit };
}

export async function deleteDeal(http: CrmHttp, remoteId: string): Promise<CallOutcome<null>> {
  const outcome = await http.request({ verb: 'delete', method: 'DELETE', path: [DEALS, remoteId] });
  if (outcome.kind !== 'applied') return outcome;
  const { status, body } = outcome.value;
  return tellsAnError(body) ? unreadable('a delete', status) : { kind: 'applied', value: null };
}

/** No search is by name: the deals of the pipeline are gone through, archived ones too. */
export async function findDeals(http: CrmHttp, key: SoughtKey): Promise<CallOutcome<readonly RemoteHit[]>> {
  const { pipelineId } = key.value;
  const found = await readAll(http, {
    verb: 'find',
    path: [DEALS],
    query: { ...(pipelineId !== undefined && { pipelineId }), includeArchived: '1' },
  });
  if (found.kind !== 'applied') return found;
  const standing = found.value.filter((item) => !isDeleted(item)).map(readDeal);
  if (standing.includes(null)) return unreadable('a search', 200);
  const hits = standing.filter((hit): hit is RemoteHit => hit !== null && isDealSought(hit.fields, key));
  return { kind: 'applied', value: hits.sort((one, other) => Number(one.id) - Number(other.id)) };
}

/**
 * All deals, whenever they changed: nothing tells when that was. Of an account with many it is no listing, and each deal is read before it is
 * written.
 */
export async function changedDeals(http: CrmHttp, limit: number): Promise<CallOutcome<readonly RemoteHit[]>> {
  const hits: RemoteHit[] = [];
  const most = Math.min(limit, MOST_DEALS_LISTED);
  const walked = await walk(
    http,
    { verb: 'list', path: [DEALS], query: { includeArchived: '1', includeDeleted: '1' } },
    ({ items, total }) => {
      if ((total ?? 0) > most || hits.length + items.length > most)
        return unreadable('a listing of too many', 200);
      for (const item of items) {
        const hit = readDeal(item);
        if (hit === null) return unreadable('a listing', 200);
        hits.push(hit);
      }
      return 'more';
    },
  );
  return walked.kind === 'applied' ? { kind: 'applied', value: hits } : walked;
}

function sentFields(fields: CrmFields, isSent: (name: string, value: Json) => boolean): CrmFields {
  return Object.fromEntries(
    Object.entries(fields).filter(([name, value]) => name !== 'pipelineId' && isSent(name, value)),
  );
}
