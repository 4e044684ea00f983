import type { StoredRecord } from '../kit/records/record-store.ts';
import type { KvcoreAccount, KvcoreCaller } from './kvcore-call.ts';
import { isBlank, listedIn, textOf, textsOf } from './kvcore-record.ts';
import type { KvcoreSettings } from './kvcore-settings.ts';

const ARCHIVED = '6';

/** An agent's token shows that agent's own. */
export function isVisible({ fields }: StoredRecord, { isAgent, userId }: KvcoreCaller): boolean {
  return !isAgent || Number(fields['assigned_agent_id'] ?? 0) === userId;
}

/** Whom `GET /contacts` finds, the latest first. */
export function findContacts(
  account: KvcoreAccount,
  caller: KvcoreCaller,
  query: URLSearchParams,
): readonly StoredRecord[] {
  const settings = account.settings();
  return candidates(account, query.get('filter[email]'))
    .filter((contact) => isVisible(contact, caller))
    .filter((contact) => fits(contact, query, settings))
    .sort((one, other) => Number(other.id) - Number(one.id));
}

/** Who has just this e-mail is found as late as the index is; whose e-mail begins so, at once. */
function candidates({ store, settings }: KvcoreAccount, email: string | null): StoredRecord[] {
  if (email === null) return store.all('contacts');
  const begins = (contact: StoredRecord): boolean =>
    textOf(contact.fields['email']).toLowerCase().startsWith(email.toLowerCase());
  const isExact = ({ fields }: StoredRecord): boolean =>
    textOf(fields['email']).toLowerCase() === email.toLowerCase();
  const exact = store.search('contacts', email, () => true);
  const longer = store.all('contacts').filter((contact) => begins(contact) && !isExact(contact));
  const match = (contact: StoredRecord): boolean =>
    matches(email, textOf(contact.fields['email']), settings());
  return [...exact, ...longer].filter(match);
}

function fits(contact: StoredRecord, query: URLSearchParams, settings: KvcoreSettings): boolean {
  const { fields, createdAt, updatedAt } = contact;
  const named = (filter: string, field: string): boolean => {
    const asked = query.get(`filter[${filter}]`);
    return asked === null || matches(asked, textOf(fields[field]), settings);
  };
  const oneOf = (filter: string, held: readonly string[]): boolean => {
    const asked = query.getAll(`filter[${filter}][]`);
    return asked.length === 0 || held.some((value) => asked.includes(value));
  };
  const since = (filter: string, at: number, isAfter: boolean): boolean => {
    const asked = query.get(`filter[${filter}]`);
    if (asked === null) return true;
    const seconds = Math.floor(at / 1_000);
    return isAfter ? seconds >= Number(asked) : seconds <= Number(asked);
  };
  const status = textOf(fields['status'] ?? 0);
  const agent = query.get('filter[assigned_agent_id]');
  return (
    (query.get('includeArchived') === '1' || status !== ARCHIVED) &&
    named('first_name', 'first_name') &&
    named('last_name', 'last_name') &&
    (settings.updatedFilter === 'ignored' || since('updated_at', updatedAt, true)) &&
    since('registered_after', createdAt, true) &&
    since('registered_before', createdAt, false) &&
    oneOf('source', [textOf(fields['source'])]) &&
    oneOf('system_source', [textOf(fields['system_source'])]) &&
    oneOf('status', [status]) &&
    oneOf('leadtype', listedIn(fields['deal_type'])) &&
    // Those that it was made with, too.
    oneOf('hashtags', [...textsOf(fields['tags']), ...textsOf(fields['hashtags'])]) &&
    (agent === null ||
      (!isBlank(fields['assigned_agent_id']) && textOf(fields['assigned_agent_id']) === agent))
  );
}

/** The beginning of a value matches, too. */
function matches(asked: string, held: string, { filterMatch }: Pick<KvcoreSettings, 'filterMatch'>): boolean {
  return filterMatch === 'exact'
    ? held.startsWith(asked)
    : held.toLowerCase().startsWith(asked.toLowerCase());
}
