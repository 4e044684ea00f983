import type { Json, JsonObject } from '../../domain/json.ts';
import type { CallOutcome } from '../../domain/outcome.ts';
import type { CrmFields, RemoteRecord } from '../../domain/remote-record.ts';
import type { CrmHttp, ReplacingPart, UpdateWrite } from '../connector.port.ts';
import { API_VERSION } from './api/assumed.ts';
import { ROLES } from './mapping/deal-mapping.ts';
import { errorsIn, failureOf } from './api/refusals.ts';
import { queryAll, soqlText } from './api/soql.ts';
import { apiPath, idIn, isObject, objectsIn, unexpected } from './api/wire.ts';

const OBJECT = 'OpportunityContactRole';

/** Who is named in an opportunity. One may stand there twice, so it is looked before it is written. */
export const rolesPart: ReplacingPart = {
  does: 'replaces',
  name: ROLES,
  fields: [ROLES],
  write: writeRoles,
};

interface Role {
  readonly id: string;
  readonly contactId: string;
}

async function rolesOf(http: CrmHttp, remoteId: string): Promise<CallOutcome<readonly Role[]>> {
  const soql = `SELECT Id, ContactId FROM ${OBJECT} WHERE OpportunityId = ${soqlText(remoteId)} ORDER BY CreatedDate, Id`;
  const rows = await queryAll(http, 'read', soql);
  if (rows.kind !== 'applied') return rows;
  const roles = rows.value.flatMap((row) => {
    const [id, contactId] = [idIn(row), idIn(row, 'ContactId')];
    return id === null || contactId === null ? [] : [{ id, contactId }];
  });
  return { kind: 'applied', value: roles };
}

/** Whom an opportunity names, each once. */
export async function readContactRoles(
  http: CrmHttp,
  remoteId: string,
): Promise<CallOutcome<readonly string[]>> {
  const roles = await rolesOf(http, remoteId);
  return roles.kind === 'applied' ? { kind: 'applied', value: idsOf(roles.value) } : roles;
}

function idsOf(roles: readonly Role[]): readonly string[] {
  return [...new Set(roles.map(({ contactId }) => contactId))];
}

/** As they stand there right now: whom people entered stays. Who comes and who goes is one request. */
async function writeRoles(
  http: CrmHttp,
  remoteId: string,
  { fields, held }: UpdateWrite,
): Promise<CallOutcome<RemoteRecord>> {
  const roles = await rolesOf(http, remoteId);
  if (roles.kind !== 'applied') return roles;
  const there = idsOf(roles.value);
  const wanted = listIn(fields);
  const leaving = listIn(held).filter((id) => !wanted.includes(id));
  const comes = wanted.filter((id) => !there.includes(id));
  const goes = roles.value.filter(({ contactId }) => leaving.includes(contactId));
  const next = [...there.filter((id) => !leaving.includes(id)), ...comes];
  const result = {
    kind: 'applied',
    value: { id: remoteId, version: null, fields: { [ROLES]: next } },
  } as const;
  if (comes.length + goes.length === 0) return result;
  const outcome = await http.request({
    verb: 'update',
    method: 'POST',
    path: apiPath('composite'),
    body: { allOrNone: true, compositeRequest: [...added(remoteId, comes), ...removed(goes)] },
  });
  if (outcome.kind !== 'applied') return outcome;
  const { status, body } = outcome.value;
  const answers = isObject(body) ? objectsIn(body['compositeResponse']) : [];
  if (answers.length === 0) return unexpected('a write of contact roles', status);
  const items = answers.flatMap((answer) => objectsIn(answer['body']));
  const errors = [...answers.flatMap(({ body: part = null }) => errorsIn(part)), ...items.flatMap(errorsIn)];
  const [first] = errors.filter(({ code }) => !IN_THE_WAKE.has(code));
  if (first === undefined)
    return errors.length === 0 ? result : unexpected('a write of contact roles', status);
  const failure = failureOf(first, 400);
  if (failure.kind !== 'gone') return failure;
  const detail = 'A contact that the deal names is not there any more.';
  return { kind: 'retry_later', code: 'REFERENCE_GONE', detail, status: 400, whose: 'record' };
}

/** Of what was undone for another's failure. */
const IN_THE_WAKE: ReadonlySet<string> = new Set(['PROCESSING_HALTED', 'ALL_OR_NONE_OPERATION_ROLLED_BACK']);

const COLLECTIONS = `/services/data/${API_VERSION}/composite/sobjects`;

function added(opportunityId: string, contactIds: readonly string[]): readonly JsonObject[] {
  if (contactIds.length === 0) return [];
  const records = contactIds.map((contactId) => ({
    attributes: { type: OBJECT },
    OpportunityId: opportunityId,
    ContactId: contactId,
  }));
  return [{ method: 'POST', url: COLLECTIONS, referenceId: 'added', body: { allOrNone: true, records } }];
}

function removed(roles: readonly Role[]): readonly JsonObject[] {
  if (roles.length === 0) return [];
  const ids = roles.map(({ id }) => encodeURIComponent(id)).join(',');
  return [{ method: 'DELETE', url: `${COLLECTIONS}?ids=${ids}&allOrNone=false`, referenceId: 'removed' }];
}

function listIn(fields: CrmFields): readonly string[] {
  const list = fields[ROLES];
  return Array.isArray(list) ? (list as readonly Json[]).filter((id) => typeof id === 'string') : [];
}
