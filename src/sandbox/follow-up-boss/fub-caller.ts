import type { ReceivedRequest } from '../kit/http/received-request.ts';
import type { CrmAccount } from '../kit/crm-dialect.ts';
import type { StoredRecord } from '../kit/records/record-store.ts';
import { textOf, type FubCollection } from './fub-record.ts';
import type { FubSettings } from './fub-settings.ts';

export type FubAccount = CrmAccount<FubCollection, FubSettings>;

/** What a request says of who sends it. */
export interface FubSigns {
  /** The API key, or the access token; null: none. */
  readonly key: string | null;
  readonly system: string | null;
  /** Whether the system is one that Follow Up Boss knows. */
  readonly isRegistered: boolean;
}

/** Who asks: a user of the account, through one of its keys. */
export interface FubCaller extends FubSigns {
  readonly key: string;
  readonly user: StoredRecord;
  readonly isAgent: boolean;
}

export function signsOf({ headers }: ReceivedRequest, { systemKeys }: FubSettings): FubSigns {
  const system = headerText(headers['x-system']);
  const systemKey = headerText(headers['x-system-key']);
  const isRegistered =
    system !== null && systemKey !== null && (systemKeys.length === 0 || systemKeys.includes(systemKey));
  return { key: keyIn(headers.authorization), system, isRegistered };
}

/** The user whose key it is. An agent is made when its key is first used. */
export function callerOf(account: FubAccount, signs: FubSigns, key: string): FubCaller {
  const place = account.settings().agentKeys.indexOf(key);
  const users = account.store.all('users');
  const owner =
    users.find(({ fields }) => fields['isOwner'] === true) ?? account.store.create('users', OWNER);
  if (place < 0) return { ...signs, key, user: owner, isAgent: false };
  const agents = users.filter(({ fields }) => fields['role'] === 'Agent');
  return { ...signs, key, user: agents[place] ?? hireAgent(account, place), isAgent: true };
}

export const OWNER = {
  firstName: 'Olivia',
  lastName: 'Owens',
  name: 'Olivia Owens',
  email: 'olivia@sandbox-realty.example',
  phone: '2025550100',
  role: 'Broker',
  status: 'Active',
  isOwner: true,
  teamIds: [],
  timezone: 'America/Los_Angeles',
} as const;

function hireAgent({ store }: FubAccount, place: number): StoredRecord {
  const name = `Agent ${place + 1}`;
  return store.create('users', {
    firstName: 'Agent',
    lastName: String(place + 1),
    name,
    email: `agent${place + 1}@sandbox-realty.example`,
    phone: '',
    role: 'Agent',
    status: 'Active',
    isOwner: false,
    teamIds: [],
    timezone: 'America/Los_Angeles',
  });
}

export function userName(account: FubAccount, id: number | null): string | null {
  const found = id === null ? null : account.store.lookUp('users', String(id));
  return found?.kind === 'found' ? textOf(found.record.fields['name']) : null;
}

/** Basic with any password, or Bearer. */
function keyIn(authorization: string | undefined): string | null {
  const bearer = /^Bearer +(\S+) *$/i.exec(authorization ?? '')?.[1];
  if (bearer !== undefined) return bearer;
  const basic = /^Basic +([\w+/=-]+) *$/i.exec(authorization ?? '')?.[1];
  if (basic === undefined) return null;
  const [name = ''] = Buffer.from(basic, 'base64').toString('utf8').split(':');
  return name === '' ? null : name;
}

function headerText(value: string | readonly string[] | undefined): string | null {
  const text = typeof value === 'string' ? value.trim() : '';
  return text === '' ? null : text;
}
