import type { Json, JsonObject } from '../../domain/json.ts';
import { jsonReply, type HttpReply } from '../kit/http/http-reply.ts';
import type { StoredRecord } from '../kit/records/record-store.ts';
import { timeWire } from './contact-wire.ts';
import type { KvcoreAccount, KvcoreRoutes } from './kvcore-call.ts';
import { listReply } from './kvcore-page.ts';
import { isBlank, type KvcoreCollection } from './kvcore-record.ts';
import { deletedReply, invalid, missing, OUT_OF_SCOPE } from './kvcore-reply.ts';

/** The members of what the vendor documents nowhere, as the connector takes them. */
const ASSUMED = {
  manuallistings: ['address', 'city', 'state', 'zip', 'price', 'status', 'description'],
  transactions: ['name', 'status', 'listing_id', 'contact_ids', 'description', 'price'],
} as const;

/** The routes are known; what they take is not. */
export function assumedRoutes(account: KvcoreAccount): KvcoreRoutes {
  const { store, settings } = account;
  return {
    'GET /manuallisting/propertytypes': () => jsonReply(200, ['Residential', 'Land', 'Commercial']),
    ...routesOf(account, 'manuallistings', 'manuallisting', 'address'),
    ...routesOf(account, 'transactions', 'transaction', 'name'),
    'GET /users': ({ caller, query, address }) => {
      if (!caller.mayUsers) return OUT_OF_SCOPE;
      const wire = ({ id, fields }: StoredRecord): JsonObject => ({ id: Number(id), ...fields });
      return listReply(store.all('users'), { query, address, settings: settings(), wire });
    },
  };
}

function routesOf(
  account: KvcoreAccount,
  collection: Extract<KvcoreCollection, keyof typeof ASSUMED>,
  one: string,
  required: string,
): KvcoreRoutes {
  const { store, settings } = account;
  const names: readonly string[] = ASSUMED[collection];
  /** Another way of naming, where nothing is as it was taken for. */
  const isOther = (): boolean => settings().assumedNames === 'other';
  const known = (name: string): boolean => (isOther() ? name.startsWith('x_') : names.includes(name));

  const wire = ({ id, fields, createdAt, updatedAt }: StoredRecord): JsonObject => ({
    id: Number(id),
    ...Object.fromEntries(
      names.map((name) => [isOther() ? `x_${name}` : name, fields[isOther() ? `x_${name}` : name] ?? null]),
    ),
    created_at: timeWire(createdAt, settings()),
    updated_at: timeWire(updatedAt, settings()),
  });

  function withOne(id: string, then: (held: StoredRecord) => HttpReply): HttpReply {
    const found = store.lookUp(collection, id);
    return found.kind === 'found' ? then(found.record) : missing(one);
  }

  function taken(body: JsonObject): Record<string, Json> | HttpReply {
    const unknown = Object.keys(body).filter((name) => !known(name));
    if (unknown.length > 0 && settings().unknownFields === 'refused')
      return invalid(Object.fromEntries(unknown.map((name) => [name, `The ${name} field is not known.`])));
    const kept = Object.entries(body).filter(
      ([name, value]) => known(name) && (settings().blanks === 'cleared' || !isBlank(value)),
    );
    return Object.fromEntries(kept);
  }

  return {
    [`GET /${collection}`]: ({ query, address }) =>
      listReply(store.all(collection), { query, address, settings: settings(), wire }),
    [`GET /${one}/:id`]: ({ params: [id = ''] }) => withOne(id, (held) => jsonReply(200, wire(held))),
    [`POST /${one}`]: ({ body }) => {
      const fields = taken(body);
      if (isReply(fields)) return fields;
      if (!isOther() && isBlank(fields[required]))
        return invalid({ [required]: `The ${required} field is required.` });
      return jsonReply(settings().createStatus, wire(store.create(collection, fields)));
    },
    [`PUT /${one}/:id`]: ({ params: [id = ''], body }) =>
      withOne(id, (held) => {
        const fields = taken(body);
        if (isReply(fields)) return fields;
        return jsonReply(200, wire(store.write(collection, id, { ...held.fields, ...fields }) ?? held));
      }),
    [`DELETE /${one}/:id`]: ({ params: [id = ''] }) =>
      withOne(id, () => {
        store.remove(collection, id);
        return deletedReply(settings().deleteStatus);
      }),
  };
}

function isReply(value: Record<string, Json> | HttpReply): value is HttpReply {
  return typeof value['status'] === 'number' && typeof value['text'] === 'string';
}
