import type { CallOutcome } from '../../domain/outcome.ts';
import type { AccountIdentity, CrmHttp } from '../connector.port.ts';
import { isObject, idIn, textIn, unexpected } from './vaultre-answers.ts';

/** What is read of an account, each with what people call it. Which scopes are needed can't be told: their names are published nowhere. */
const NEEDED: readonly { readonly of: string; readonly path: readonly string[]; readonly term?: string }[] = [
  { of: 'contacts', path: ['contacts'] },
  { of: 'contact categories', path: ['categories', 'contact'] },
  { of: 'properties', path: ['properties'] },
  { of: 'suburbs', path: ['suggest', 'suburb'], term: '4000' },
  { of: 'the search for contacts', path: ['search', 'contacts', 'email'], term: 'nobody@example.invalid' },
];

/** Whether both keys are taken. */
export async function authenticate(http: CrmHttp): Promise<CallOutcome<true>> {
  const outcome = await http.request({ verb: 'verify', method: 'GET', path: ['scopes'] });
  return outcome.kind === 'applied' ? { kind: 'applied', value: true } : outcome;
}

/** Which agency it is, and whether the token may read what is needed of it: what it may not is named. */
export async function identify(http: CrmHttp): Promise<CallOutcome<AccountIdentity>> {
  const account = await http.request({ verb: 'read', method: 'GET', path: ['account'] });
  if (account.kind !== 'applied') return account;
  const id = idIn(account.value.body);
  if (id === null) return unexpected('who the account is', account.value.status);
  for (const { of, path, term } of NEEDED) {
    const query = { page: '1', pagesize: '1', ...(term !== undefined && { term }) };
    const outcome = await http.request({ verb: 'list', method: 'GET', path, query });
    if (outcome.kind === 'applied') continue;
    const isRefused = outcome.kind === 'rejected' || outcome.kind === 'unauthorised';
    if (!isRefused) return outcome;
    const detail = `The access token may not read ${of} (GET /${path.join('/')}): the agency has to allow it in VaultRE.`;
    return { kind: 'unauthorised', code: 'PERMISSION_MISSING', detail, status: outcome.status ?? 403 };
  }
  const user = await http.request({ verb: 'read', method: 'GET', path: ['user'] });
  // Tokens may be an office's, and then there is no user.
  const told = user.kind === 'applied' && isObject(user.value.body) ? user.value.body : {};
  const name = `${textIn(told, 'firstName')} ${textIn(told, 'lastName')}`.trim();
  const label = textIn(account.value.body, 'name');
  return {
    kind: 'applied',
    value: { accountKey: `vaultre ${id}`, label: label || null, actsAs: name || null },
  };
}
