import type { Json, JsonObject } from '../../domain/json.ts';
import { jsonReply, type HttpReply } from '../kit/http/http-reply.ts';
import type { RecordStore, StoredRecord } from '../kit/records/record-store.ts';
import { OWNER, type FubAccount, type FubCaller } from './fub-caller.ts';
import { listReply } from './fub-page.ts';
import { objectsOf, textOf, timeText, type FubCollection } from './fub-record.ts';
import { deletedReply, errorReply, invalid, missing } from './fub-reply.ts';
import type { FubCall, FubRoutes } from './fub-route.ts';

const OWNER_ONLY = errorReply(403, 'Only the account owner may access this resource.');

/** What an account has from the start. */
export function furnish(store: RecordStore<FubCollection>): void {
  store.create('users', OWNER);
  const stages = [
    'Lead',
    'Attempting Contact',
    'Nurture',
    'Active Client',
    'Pending',
    'Closed',
    'Past Client',
    'Trash',
  ];
  for (const name of stages) {
    store.create('stages', { name, isProtected: name === 'Lead' || name === 'Trash', orderWeight: 1_000 });
  }
  furnishPipeline(store, 'Buyers', ['Searching', 'Offer', 'Under Contract', 'Closed'], 1);
  furnishPipeline(store, 'Sellers', ['Pre-Listing', 'Listed', 'Under Contract', 'Closed'], 11);
}

function furnishPipeline(
  store: RecordStore<FubCollection>,
  name: string,
  stages: readonly string[],
  firstId: number,
): void {
  store.create('pipelines', {
    name,
    description: '',
    orderWeight: firstId * 1_000,
    stages: stages.map((stage, place) => ({
      id: firstId + place,
      name: stage,
      description: '',
      orderWeight: (place + 1) * 1_000,
      color: '#4a90d9',
    })),
  });
}

/** What is set up for an account: stages, pipelines, custom fields, users. */
export function setupRoutes(account: FubAccount): FubRoutes {
  const list = listed(account);
  return {
    'GET /stages': list('stages', 'stages', stageWire(account)),
    'GET /stages/:id': one(account, 'stages', 'Stage', stageWire(account)),
    'GET /pipelines': list('pipelines', 'pipelines', plainWire),
    'GET /pipelines/:id': one(account, 'pipelines', 'Pipeline', plainWire),
    'POST /pipelines': ({ body, caller }) => makePipeline(account, body, caller),
    'GET /users': list('users', 'users', userWire),
    'GET /users/:id': one(account, 'users', 'User', userWire),
    ...customFieldRoutes(account, 'customFields'),
    ...customFieldRoutes(account, 'dealCustomFields'),
  };
}

type Wire = (record: StoredRecord) => JsonObject;

function listed(account: FubAccount) {
  return (collection: FubCollection, key: string, wire: Wire): ((call: FubCall) => HttpReply) =>
    ({ query, address }) =>
      listReply(account.store.all(collection), {
        collection: key,
        query: { sort: 'id', ...query },
        address,
        deepOffset: account.settings().deepOffset,
        wire,
      });
}

function one(account: FubAccount, collection: FubCollection, what: string, wire: Wire) {
  return ({ params: [id = ''] }: FubCall): HttpReply => {
    const found = account.store.lookUp(collection, id);
    return found.kind === 'found' ? jsonReply(200, wire(found.record)) : missing(what);
  };
}

const plainWire: Wire = ({ id, fields }) => ({ id: Number(id), ...fields });

function stageWire({ store }: FubAccount): Wire {
  return ({ id, fields }) => ({
    id: Number(id),
    ...fields,
    peopleCount: store.all('people').filter((person) => person.fields['stage'] === fields['name']).length,
  });
}

export const userWire: Wire = ({ id, fields, createdAt, updatedAt }) => ({
  id: Number(id),
  created: timeText(createdAt),
  updated: timeText(updatedAt),
  ...fields,
  teamLeaderOf: [],
});

function makePipeline({ store }: FubAccount, body: JsonObject, { isAgent }: FubCaller): HttpReply {
  if (isAgent) return OWNER_ONLY;
  if (textOf(body['name']).trim() === '') return invalid('Field name is required.');
  const ids = store
    .all('pipelines')
    .flatMap(({ fields }) => objectsOf(fields['stages']).map(({ id }) => Number(id)));
  const first = Math.max(0, ...ids) + 1;
  const stages = objectsOf(body['stages']).map((stage, place) => ({
    orderWeight: (place + 1) * 1_000,
    ...stage,
    id: first + place,
  }));
  return jsonReply(
    201,
    plainWire(store.create('pipelines', { description: '', orderWeight: 90_000, ...body, stages })),
  );
}

/** The name that bodies address a field by, made of its label. */
export function customFieldName(label: string): string {
  const words = label.split(/[^\p{L}\p{N}]+/u).filter((word) => word !== '');
  return `custom${words.map((word) => word.slice(0, 1).toUpperCase() + word.slice(1)).join('')}`;
}

const TYPES = ['text', 'date', 'number', 'dropdown'];

function customFieldRoutes(account: FubAccount, collection: 'customFields' | 'dealCustomFields'): FubRoutes {
  const { store, settings } = account;
  const key = (): string =>
    collection === 'customFields'
      ? settings().customFieldsKey
      : settings()
          .customFieldsKey.replace('custom', 'dealCustom')
          .replace('dealCustomfields', 'dealcustomfields');

  function withField(id: string, caller: FubCaller, then: (held: StoredRecord) => HttpReply): HttpReply {
    if (caller.isAgent) return OWNER_ONLY;
    const found = store.lookUp(collection, id);
    return found.kind === 'found' ? then(found.record) : missing('Custom field');
  }

  function create(body: JsonObject, caller: FubCaller): HttpReply {
    if (caller.isAgent) return OWNER_ONLY;
    const label = textOf(body['label']).trim();
    const type = textOf(body['type']) || 'text';
    if (label === '') return invalid('Field label cannot be blank.');
    if (!TYPES.includes(type)) return invalid('Invalid field type.');
    const name = customFieldName(label);
    if (store.all(collection).some(({ fields }) => fields['name'] === name))
      return invalid('A custom field with this label already exists.');
    const made = store.create(collection, { ...blankField(label, type), ...known(body), label, type, name });
    return jsonReply(201, plainWire(made));
  }

  return {
    [`GET /${collection}`]: (call) => listed(account)(collection, key(), plainWire)(call),
    [`GET /${collection}/:id`]: one(account, collection, 'Custom field', plainWire),
    [`POST /${collection}`]: ({ body, caller }) => create(body, caller),
    [`PUT /${collection}/:id`]: ({ params: [id = ''], body, caller }) =>
      withField(id, caller, (held) => {
        const { name: _name, ...changes } = known(body);
        return jsonReply(
          200,
          plainWire(store.write(collection, held.id, { ...held.fields, ...changes }) ?? held),
        );
      }),
    [`DELETE /${collection}/:id`]: ({ params: [id = ''], caller }) =>
      withField(id, caller, (held) => {
        store.remove(collection, held.id);
        return deletedReply(settings().deleteStatus);
      }),
  };
}

function blankField(label: string, type: string): JsonObject {
  return {
    name: customFieldName(label),
    label,
    type,
    choices: [],
    orderWeight: 1_000,
    hideIfEmpty: false,
    readOnly: false,
  };
}

function known(body: JsonObject): JsonObject {
  const names = ['name', 'label', 'type', 'choices', 'orderWeight', 'hideIfEmpty', 'readOnly'];
  return Object.fromEntries(
    Object.entries(body).filter((entry): entry is [string, Json] => names.includes(entry[0])),
  );
}
