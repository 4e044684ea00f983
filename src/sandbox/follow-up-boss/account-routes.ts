import type { JsonObject } from '../../domain/json.ts';
import { jsonReply, type HttpReply } from '../kit/http/http-reply.ts';
import type { StoredRecord } from '../kit/records/record-store.ts';
import type { FubAccount, FubCaller } from './fub-caller.ts';
import { listedLimits } from './fub-limits.ts';
import { listReply } from './fub-page.ts';
import { ACCOUNT, textOf } from './fub-record.ts';
import { deletedReply, invalid, missing, NOT_REGISTERED, OWNERS_ONLY } from './fub-reply.ts';
import type { FubRoutes } from './fub-route.ts';
import { userWire } from './setup-routes.ts';

const MOST_OF_AN_EVENT = 2;
/** How the verified names begin and end; not all that there are were seen. */
const EVENT =
  /^(people|notes|tasks|appointments|calls|textMessages|emails|deals|events|stage|pipeline|customFields|dealCustomFields|emEvents|reaction|threadedReply|webhook)[A-Za-z]+$/;

/** What a key says of itself, the system's limits, and webhooks. */
export function accountRoutes(account: FubAccount): FubRoutes {
  const { store, settings } = account;
  const wire = ({ id, fields }: StoredRecord): JsonObject => {
    const { system: _system, ...shown } = fields;
    return { id: Number(id), ...shown };
  };

  /** Owners alone, and registered systems alone. */
  function forOwners({ isAgent, isRegistered }: FubCaller, then: () => HttpReply): HttpReply {
    if (!isRegistered) return NOT_REGISTERED;
    return isAgent ? OWNERS_ONLY : then();
  }

  function withHook(id: string, caller: FubCaller, then: (held: StoredRecord) => HttpReply): HttpReply {
    return forOwners(caller, () => {
      const found = store.lookUp('webhooks', id);
      const isTheirs = found.kind === 'found' && found.record.fields['system'] === caller.system;
      return isTheirs ? then(found.record) : missing('Webhook');
    });
  }

  function subscribe(body: JsonObject, { system }: FubCaller): HttpReply {
    const event = textOf(body['event']);
    const url = textOf(body['url']);
    if (event === '') return invalid('Field event is required.');
    if (!EVENT.test(event)) return invalid('Invalid event.');
    if (!URL.canParse(url) || !url.startsWith('https:'))
      return invalid('Field url must be an https address.');
    const held = store
      .all('webhooks')
      .filter(({ fields }) => fields['system'] === system && fields['event'] === event);
    if (held.length >= MOST_OF_AN_EVENT) return invalid('Only 2 webhooks per event are allowed.');
    return jsonReply(201, wire(store.create('webhooks', { status: 'Active', event, url, system })));
  }

  return {
    'GET /identity': ({ caller }) => jsonReply(200, identityOf(account, caller)),
    'GET /me': ({ caller }) => jsonReply(200, { ...userWire(caller.user), apiKey: caller.key }),
    'GET /rateLimit/limits': ({ caller }) =>
      caller.isRegistered ? jsonReply(200, { limits: listedLimits(settings().rateLimit) }) : NOT_REGISTERED,
    'GET /webhooks': ({ caller, query, address }) =>
      forOwners(caller, () =>
        listReply(
          store.all('webhooks').filter(({ fields }) => fields['system'] === caller.system),
          { collection: 'webhooks', query, address, deepOffset: settings().deepOffset, wire },
        ),
      ),
    'POST /webhooks': ({ caller, body }) => forOwners(caller, () => subscribe(body, caller)),
    'GET /webhooks/:id': ({ caller, params: [id = ''] }) =>
      withHook(id, caller, (held) => jsonReply(200, wire(held))),
    'PUT /webhooks/:id': ({ caller, params: [id = ''], body }) =>
      withHook(id, caller, (held) =>
        jsonReply(200, wire(store.write('webhooks', held.id, { ...held.fields, ...body }) ?? held)),
      ),
    'DELETE /webhooks/:id': ({ caller, params: [id = ''] }) =>
      withHook(id, caller, (held) => {
        store.remove('webhooks', held.id);
        return deletedReply(settings().deleteStatus);
      }),
  };
}

function identityOf({ store }: FubAccount, { user, isAgent }: FubCaller): JsonObject {
  const owner = store.all('users').find(({ fields }) => fields['isOwner'] === true);
  return {
    account: {
      ...ACCOUNT,
      owner: { name: textOf(owner?.fields['name']), email: textOf(owner?.fields['email']) },
    },
    user: {
      id: Number(user.id),
      name: textOf(user.fields['name']),
      firstName: textOf(user.fields['firstName']),
      lastName: textOf(user.fields['lastName']),
      email: textOf(user.fields['email']),
      role: textOf(user.fields['role']),
      isOwner: !isAgent,
    },
  };
}
