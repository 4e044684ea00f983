import type { JsonObject } from '../../domain/json.ts';
import { jsonReply, type HttpReply } from '../kit/http/http-reply.ts';
import type { StoredRecord } from '../kit/records/record-store.ts';
import { userName, type FubAccount, type FubCaller } from './fub-caller.ts';
import { idsAsked, isInTime, listReply, type Query } from './fub-page.ts';
import { idsOf, textOf, timeText } from './fub-record.ts';
import { deletedReply, errorReply, invalid, missing } from './fub-reply.ts';
import type { FubRoutes } from './fub-route.ts';
import { checkDeal, stageOf } from './deal-body.ts';

const NOT_THEIRS = errorReply(403, 'You do not have permission to access this deal.');

/** What `/deals` does. */
export function dealRoutes(account: FubAccount): FubRoutes {
  const { store, settings } = account;

  function withDeal(id: string, caller: FubCaller, then: (held: StoredRecord) => HttpReply): HttpReply {
    const found = store.lookUp('deals', id);
    if (found.kind !== 'found') return missing('Deal');
    return isVisible(found.record, caller) ? then(found.record) : NOT_THEIRS;
  }

  function create(body: JsonObject): HttpReply {
    const checked = checkDeal(body, account, true);
    if (!checked.ok) return invalid(checked.message);
    const made = store.create('deals', {
      description: '',
      peopleIds: [],
      userIds: [],
      price: 0,
      projectedCloseDate: null,
      ...checked.fields,
      status: textOf(checked.fields['status']) || 'Active',
      enteredStageAt: timeText(account.now()),
    });
    return jsonReply(201, echoed(made, account));
  }

  function update(held: StoredRecord, body: JsonObject): HttpReply {
    const checked = checkDeal(body, account, false);
    if (!checked.ok) return invalid(checked.message);
    const { stageId } = checked.fields;
    const moved = stageId !== undefined && Number(stageId) !== Number(held.fields['stageId']);
    const stored = store.write('deals', held.id, {
      ...held.fields,
      ...checked.fields,
      ...(moved && { enteredStageAt: timeText(account.now()) }),
    });
    return jsonReply(200, echoed(stored ?? held, account));
  }

  return {
    'GET /deals': ({ query, caller, address }) =>
      listReply(findDeals(account, caller, query), {
        collection: 'deals',
        query,
        address,
        deepOffset: settings().deepOffset,
        wire: (record) => dealWire(record, account),
      }),
    'GET /deals/:id': ({ params: [id = ''], caller }) =>
      withDeal(id, caller, (held) => jsonReply(200, dealWire(held, account))),
    'POST /deals': ({ body }) => create(body),
    'PUT /deals/:id': ({ params: [id = ''], body, caller }) =>
      withDeal(id, caller, (held) => update(held, body)),
    // Nothing is taken away: it is still read, as deleted.
    'DELETE /deals/:id': ({ params: [id = ''], caller }) =>
      withDeal(id, caller, (held) => {
        store.write('deals', held.id, { ...held.fields, status: 'Deleted' });
        return deletedReply(settings().deleteStatus);
      }),
  };
}

function isVisible({ fields }: StoredRecord, { isAgent, user }: FubCaller): boolean {
  return !isAgent || idsOf(fields['userIds']).includes(Number(user.id));
}

function findDeals(account: FubAccount, caller: FubCaller, query: Query): StoredRecord[] {
  const ids = idsAsked(query, 'id') ?? idsAsked(query, 'ids');
  const states = statesAsked(query);
  return account.store
    .all('deals')
    .filter((deal) => isVisible(deal, caller))
    .filter((deal) => {
      const { fields } = deal;
      const place = stageOf(account, Number(fields['stageId']));
      return (
        (ids === undefined || ids.has(deal.id)) &&
        states.includes(textOf(fields['status']) || 'Active') &&
        isAsked(query['pipelineId'], [place?.pipelineId ?? 0]) &&
        isAsked(query['stageId'], [Number(fields['stageId'])]) &&
        isAsked(query['personId'], idsOf(fields['peopleIds'])) &&
        isAsked(query['userId'], idsOf(fields['userIds'])) &&
        isInTime(deal, query)
      );
    });
}

function statesAsked({ status, includeDeleted, includeArchived }: Query): readonly string[] {
  if (status !== undefined) return status.split(',');
  const isSet = (flag: string | undefined): boolean => flag === '1' || flag === 'true';
  return [
    'Active',
    ...(isSet(includeArchived) ? ['Archived'] : []),
    ...(isSet(includeDeleted) ? ['Deleted'] : []),
  ];
}

function isAsked(asked: string | undefined, held: readonly number[]): boolean {
  return asked === undefined || held.includes(Number(asked));
}

/** Writes are answered with the ids that they take, too. */
function echoed(record: StoredRecord, account: FubAccount): JsonObject {
  const { peopleIds = [], userIds = [] } = record.fields;
  return { ...dealWire(record, account), peopleIds, userIds };
}

function dealWire(record: StoredRecord, account: FubAccount): JsonObject {
  const { id, createdAt } = record;
  const { peopleIds, userIds, ...fields } = record.fields;
  const place = stageOf(account, Number(fields['stageId']));
  return {
    id: Number(id),
    type: null,
    ...fields,
    status: textOf(fields['status']) || 'Active',
    stageId: Number(fields['stageId']),
    stageName: place?.stageName ?? null,
    pipelineId: place?.pipelineId ?? null,
    pipelineName: place?.pipelineName ?? null,
    createdAt: timeText(createdAt),
    orderWeight: fields['orderWeight'] ?? 1_000,
    people: idsOf(peopleIds).map((person) => ({
      id: person,
      name: personName(account, person),
      avatar: null,
    })),
    users: idsOf(userIds).map((user) => ({ id: user, name: userName(account, user) })),
  };
}

function personName({ store }: FubAccount, id: number): string | null {
  const found = store.lookUp('people', String(id));
  if (found.kind !== 'found') return null;
  const { firstName, lastName } = found.record.fields;
  return `${textOf(firstName)} ${textOf(lastName)}`.trim();
}
