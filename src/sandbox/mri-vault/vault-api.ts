import { queryOf, type CrmAccount, type CrmApi } from '../kit/crm-dialect.ts';
import { emptyReply, jsonReply, type HttpReply } from '../kit/http/http-reply.ts';
import type { ReceivedRequest, RequestBody } from '../kit/http/received-request.ts';
import { retryAfterHeader } from '../kit/limits/rate-limit.ts';
import type { StoredRecord } from '../kit/records/record-store.ts';
import { checkFields } from './field-checks.ts';
import { KEY_FORMS } from './compare-keys.ts';
import { tidyTexts } from './tidy-text.ts';
import { SEARCH_FIELDS, searchText, type VaultCollection, type VaultFields } from './vault-record.ts';
import { errorReply, invalidReply, wireObject } from './vault-reply.ts';
import { API_PREFIX, routeName, vaultRoute, type VaultRoute } from './vault-route.ts';
import { createVaultSearch, type Query } from './vault-search.ts';
import { chargesOf, type VaultSettings } from './vault-settings.ts';

/** Changes fields on their way in, as a CRM that tidies up does. */
export type NormaliseFields = (collection: VaultCollection, fields: VaultFields) => VaultFields;

/** The vault dialect over an account. */
export function createVaultApi(
  account: CrmAccount<VaultCollection, VaultSettings>,
  normaliseFields: NormaliseFields,
): CrmApi {
  const { keys, settings } = account;
  const perform = createVaultRoutes(account, normaliseFields);
  return {
    receive(request) {
      const route = vaultRoute(request.method, request.path);
      const key = bearer(request);
      const isKnown = (): boolean => key !== null && keys.has(key);
      return {
        route: routeName(request.method, route),
        charges: key !== null && isKnown() ? chargesOf(settings().rateLimit, key) : [],
        carryOut: () => (isKnown() ? perform(route, queryOf(request), request.body) : REFUSED),
      };
    },
    refuse({ retryAfterMs }) {
      const style = settings().rateLimit?.retryAfter ?? 'seconds';
      const value = retryAfterHeader(style, retryAfterMs, account.now());
      return errorReply(429, 'Too many requests.', value === null ? {} : { 'retry-after': value });
    },
  };
}

function bearer({ headers }: ReceivedRequest): string | null {
  return /^Bearer +(\S+) *$/i.exec(headers.authorization ?? '')?.[1] ?? null;
}

const REFUSED = errorReply(401, 'The API key is missing or not valid.', { 'www-authenticate': 'Bearer' });

/** What may be said of a key that is valid. */
const VERIFY_REPLIES: Readonly<Record<VaultSettings['verifyAnswer'], HttpReply>> = {
  object: jsonReply(200, { valid: true, account: { id: 'sandbox', name: 'MRI Vault sandbox' } }),
  text: { status: 200, headers: { 'content-type': 'text/plain; charset=utf-8' }, text: 'OK' },
  empty: emptyReply(204),
  refused: REFUSED,
};

const notFound = (what: string): HttpReply => errorReply(404, `${what} not found.`);

/** The answer to a body that can't be a record, before anything else is looked at. */
function unusableBody(body: RequestBody): HttpReply | null {
  if (body.kind === 'too-large') return errorReply(413, 'The body is larger than 1 MiB.');
  if (body.kind !== 'text') return null;
  return invalidReply([{ field: '', code: 'malformed_json', message: 'the body is not JSON' }]);
}

/** Does what an authorised request asks for and tells the answer. */
function createVaultRoutes(
  account: CrmAccount<VaultCollection, VaultSettings>,
  normaliseFields: NormaliseFields,
): (route: VaultRoute, query: Query, body: RequestBody) => HttpReply {
  const { store, settings } = account;
  const wire = (record: StoredRecord) => wireObject(record, settings());
  const { search, list } = createVaultSearch(account);

  function accepted(collection: VaultCollection, body: RequestBody, partial: boolean) {
    const { strict, checkReferences } = settings();
    const exists = (of: VaultCollection, id: string): boolean => store.lookUp(of, id).kind !== 'missing';
    const value = body.kind === 'json' ? body.value : undefined;
    const checked = checkFields(collection, value, { strict, checkReferences, partial, exists });
    if (!checked.ok) return checked;
    const tidied = tidyTexts(collection, checked.fields, settings());
    return { ...checked, fields: normaliseFields(collection, tidied) };
  }

  function isTaken(collection: VaultCollection, fields: VaultFields): boolean {
    const { uniqueKeys, searchCase } = settings();
    if (uniqueKeys !== 'all' && uniqueKeys !== collection) return false;
    const form = KEY_FORMS[searchCase];
    const keyOf = (of: VaultFields): string =>
      SEARCH_FIELDS[collection].map((name) => form(searchText(of[name]) ?? '')).join('\n');
    const isBlank = !searchText(fields[SEARCH_FIELDS[collection][0]])?.trim();
    return !isBlank && store.all(collection).some((held) => keyOf(held.fields) === keyOf(fields));
  }

  function create(collection: VaultCollection, body: RequestBody): HttpReply {
    const checked = accepted(collection, body, false);
    if (!checked.ok) return invalidReply(checked.errors);
    if (isTaken(collection, checked.fields)) {
      return errorReply(409, 'A record with this key already exists.');
    }
    return jsonReply(201, wire(store.create(collection, checked.fields)));
  }

  function withRecord(
    { collection, id }: { collection: VaultCollection; id: string },
    then: (held: StoredRecord) => HttpReply,
  ): HttpReply {
    const found = store.lookUp(collection, id);
    if (found.kind === 'missing') return errorReply(settings().missingStatus, 'Record not found.');
    if (found.kind === 'found') return then(found.record);
    const location = `${API_PREFIX}/${collection}/${encodeURIComponent(found.id)}`;
    return emptyReply(308, { location });
  }

  function write(collection: VaultCollection, held: StoredRecord, body: RequestBody): HttpReply {
    const merging = settings().putMode === 'merge';
    const checked = accepted(collection, body, merging);
    if (!checked.ok) return invalidReply(checked.errors);
    const fields = merging ? { ...held.fields, ...checked.fields } : checked.fields;
    const record = store.write(collection, held.id, fields) ?? held;
    return settings().putAnswer === 'empty' ? emptyReply(204) : jsonReply(200, wire(record));
  }

  function remove(collection: VaultCollection, id: string): HttpReply {
    store.remove(collection, id);
    return emptyReply(204);
  }

  return (route, query, body) => {
    if (route.kind === 'unknown') return notFound('Route');
    const refused = unusableBody(body);
    if (refused) return refused;
    switch (route.kind) {
      case 'verify':
        return VERIFY_REPLIES[settings().verifyAnswer];
      case 'create':
        return create(route.collection, body);
      case 'list':
        return settings().listing
          ? list(route.collection, query)
          : errorReply(settings().listingRefusal, 'Route not found.');
      case 'search':
        return search(route.collection, query);
      case 'read':
        return withRecord(route, (held) => jsonReply(200, wire(held)));
      case 'write':
        return withRecord(route, (held) => write(route.collection, held, body));
      case 'delete':
        return withRecord(route, (held) => remove(route.collection, held.id));
    }
  };
}
