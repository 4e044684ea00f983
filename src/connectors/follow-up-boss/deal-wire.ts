import type { Json, JsonObject } from '../../domain/json.ts';
import type { CrmFields, RemoteHit, RemoteRecord } from '../../domain/remote-record.ts';
import { DELETED_DEAL } from './assumed.ts';
import { isObject, readId, readObjects, readText, readTime, sentId } from './wire.ts';

/** What people enter beside the mapped fields. */
const OTHERS = [
  'price',
  'projectedCloseDate',
  'commissionValue',
  'agentCommission',
  'teamCommission',
  'earnestMoneyDueDate',
  'mutualAcceptanceDate',
  'dueDiligenceDate',
  'finalWalkThroughDate',
  'possessionDate',
];

/** A deal as answers show it: its custom fields among the mapped ones, since a connection may map any. Null: it is none. */
export function readDeal(body: Json): RemoteHit | null {
  const remote = readDealId(body);
  if (remote === null || !isObject(body)) return null;
  return {
    ...remote,
    createdAt: readTime(body['createdAt']),
    fields: dealFields(body),
    rest: Object.fromEntries(OTHERS.flatMap((name) => entered(name, body[name]))),
  };
}

/** No time of a change is told: what of a deal changes by itself stands for it. */
function readDealId(body: Json): RemoteRecord | null {
  const id = isObject(body) ? readId(body['id']) : null;
  if (id === null || !isObject(body)) return null;
  const version = `${readText(body['status'])} ${readText(body['enteredStageAt'])}`.trim();
  return { id, version: version === '' ? null : version };
}

export function isDeleted(body: Json): boolean {
  return isObject(body) && readText(body['status']).toLowerCase() === DELETED_DEAL.toLowerCase();
}

function dealFields(body: JsonObject): CrmFields {
  const { name, stageId, pipelineId, description, people, users, peopleIds, userIds } = body;
  const custom = Object.entries(body).filter(([key]) => key.startsWith('custom'));
  return {
    ...(name !== undefined && { name: readText(name) }),
    ...(stageId !== undefined && { stageId }),
    ...(pipelineId !== undefined && { pipelineId }),
    ...(description !== undefined && { description: readText(description) }),
    ...idsOf('peopleIds', people, peopleIds),
    ...idsOf('userIds', users, userIds),
    ...Object.fromEntries(custom),
  };
}

/** Read as objects with ids, and written as ids alone. */
function idsOf(name: string, objects: Json | undefined, ids: Json | undefined): CrmFields {
  if (objects === undefined && !Array.isArray(ids)) return {};
  const found = Array.isArray(objects)
    ? readObjects(objects).map(({ id }) => readId(id))
    : (ids as Json[]).map(readId);
  return { [name]: found.flatMap((id) => (id === null ? [] : [sentId(id)])) };
}

function entered(name: string, value: Json | undefined): [string, Json][] {
  return value === undefined || value === null || value === '' || value === 0 ? [] : [[name, value]];
}
