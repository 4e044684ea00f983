import type { AccountSession, ConnectorCredentials } from '../../connectors/connector.port.ts';
import type { JsonObject } from '../../domain/json.ts';

/** A session as it is kept beside the credentials, sealed with them: so it goes where they go, and is destroyed with them. */
export interface KeptSession extends Omit<AccountSession, 'keep'> {
  /** Epoch ms. */
  readonly openedAt: number;
  /** What the next one needs; null: nothing. */
  readonly keep: JsonObject | null;
}

/** No field of credentials can be called so: their names begin with a letter. */
const MEMBER = '$session';

/** What is sealed: the credentials, and beside them the session that they opened last. */
export function withSession(
  credentials: ConnectorCredentials,
  session: KeptSession | null,
): ConnectorCredentials {
  return session === null ? credentials : { ...credentials, [MEMBER]: JSON.stringify(session) };
}

/** What was sealed, taken apart again. */
export function apart(sealed: ConnectorCredentials): {
  readonly credentials: ConnectorCredentials;
  readonly session: KeptSession | null;
} {
  const { [MEMBER]: text, ...credentials } = sealed;
  return { credentials, session: text === undefined ? null : (JSON.parse(text) as KeptSession) };
}

/** Opened anew this long before it ends, or after three quarters of its time where that is shorter. */
const MARGIN_MS = 60_000;

/** Whether it still carries requests, as far as its own time tells. */
export function isFresh({ until, openedAt }: KeptSession, now: number): boolean {
  return until === null || now < until - Math.min(MARGIN_MS, (until - openedAt) / 4);
}

/** Whether two are one: what carries the requests is the same. */
export function isSameSession(one: KeptSession, other: KeptSession): boolean {
  return one.openedAt === other.openedAt && JSON.stringify(one.headers) === JSON.stringify(other.headers);
}
