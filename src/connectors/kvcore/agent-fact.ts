import type { Json } from '../../domain/json.ts';
import type { CallOutcome } from '../../domain/outcome.ts';
import type { ConnectorFacts, CrmHttp } from '../connector.port.ts';
import { USER } from './assumed.ts';
import { readAll, readId, readText } from './wire.ts';

/** What mapping has to know of an account. */
export const FACTS: ConnectorFacts = {
  maxAgeMs: 300_000,
  read: async (http, name) => (name === 'agent' ? await readAgent(http) : { kind: 'applied', value: null }),
};

/** Whom new contacts are for: who was entered, or the account's only active user. Null: it isn't known, and nobody is guessed. */
async function readAgent(http: CrmHttp): Promise<CallOutcome<Json>> {
  const entered = http.own?.credentials['agentId'];
  if (entered !== undefined) return { kind: 'applied', value: entered };
  const found = await readAll(http, { verb: 'list', path: ['users'], query: {} });
  if (found.kind !== 'applied') {
    const status = found.answer?.status ?? null;
    return status === 403 || status === 404 ? { kind: 'applied', value: null } : found;
  }
  const active = found.value.filter(
    (user) => user[USER.status] === undefined || USER.isActive.test(readText(user[USER.status])),
  );
  const [only] = active;
  return {
    kind: 'applied',
    value: only === undefined || active.length > 1 ? null : readId(only[USER.id]),
  };
}
