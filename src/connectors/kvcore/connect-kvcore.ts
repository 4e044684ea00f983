import type { Json } from '../../domain/json.ts';
import type { CallOutcome } from '../../domain/outcome.ts';
import type { ConnectorFacts, CrmHttp, ParsedCredentials } from '../connector.port.ts';
import { USER } from './assumed.ts';
import { isObject, notAnAbsence, readAll, readId, readText } from './wire.ts';

/** A header value may hold these; anything else could end the header and begin another. */
const TOKEN_TEXT = /^[\x21-\x7e]{1,4096}$/;
const AGENT_ID = /^[1-9]\d{0,14}$/;

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

/** There is nothing that names the caller: one contact is asked for, which every scope that will do may see. */
export async function authenticate(http: CrmHttp): Promise<CallOutcome<true>> {
  const outcome = await http.request({
    verb: 'verify',
    method: 'GET',
    path: ['contacts'],
    query: { limit: '1' },
  });
  return outcome.kind === 'applied' ? { kind: 'applied', value: true } : notAnAbsence(outcome);
}

export function parseCredentials(input: Readonly<Record<string, unknown>>, base: string): ParsedCredentials {
  const { apiToken, agentId, ...others } = input;
  const errors = Object.keys(others).map((field) => ({
    field,
    code: 'UNKNOWN_FIELD',
    detail: 'kvCORE takes apiToken and agentId.',
  }));
  const isAgent = agentId === undefined || (typeof agentId === 'string' && AGENT_ID.test(agentId));
  if (typeof apiToken !== 'string' || !TOKEN_TEXT.test(apiToken)) {
    const detail = 'A token of printable ASCII characters without spaces.';
    errors.push({ field: 'apiToken', code: 'INVALID', detail });
  }
  if (!isAgent) {
    errors.push({ field: 'agentId', code: 'INVALID', detail: 'The number of a kvCORE user, in figures.' });
  }
  if (errors.length > 0 || typeof apiToken !== 'string') return { ok: false, errors };
  const credentials = { apiToken, ...(typeof agentId === 'string' && { agentId }) };
  return { ok: true, credentials, instanceUrl: base };
}

const CLAIMS = /^[\w-]+\.([\w-]+)\.[\w-]*$/;
/** Beyond this nothing is a time of a token: year 9999. */
const LATEST_MS = 253_402_300_799_000;

/**
 * Until when a token says that it is good, epoch ms; null: it doesn't. Read without proof of who made it: it is kvCORE that takes the token,
 * and this only tells people when it will not any more. Pure.
 */
export function endOfToken(token: string): number | null {
  const [, claims] = CLAIMS.exec(token) ?? [];
  if (claims === undefined) return null;
  let read: Json;
  try {
    read = JSON.parse(Buffer.from(claims, 'base64url').toString('utf8')) as Json;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
  const exp = isObject(read) ? read['exp'] : undefined;
  if (typeof exp !== 'number' || !Number.isFinite(exp) || exp <= 0) return null;
  const millis = Math.floor(exp) * 1_000;
  return millis <= LATEST_MS ? millis : null;
}
