import { createHash } from 'node:crypto';
import { ORG_ID } from '../org/org-people.ts';
import type { SfAccount } from '../org/sf-org.ts';
import { clientIdOf } from './client-id.ts';

/** Access to the org that somebody was given. */
export interface Session {
  readonly token: string;
  readonly userId: string;
  /** The secret of the app that it was given to; when that is revoked, so is the session. */
  readonly key: string;
  readonly expiresAt: number;
  readonly grant: Grant | null;
}

/** What a refresh token stands for. */
export interface Grant {
  readonly key: string;
  readonly userId: string;
  /** Every refresh token that it has had. */
  readonly tokens: Set<string>;
  current: string;
}

export interface Code {
  readonly key: string;
  readonly userId: string;
  readonly redirectUri: string;
  readonly challenge: string | null;
  readonly expiresAt: number;
}

/** What the org knows of who may reach it. */
export interface Sessions {
  open(key: string, userId: string, grant?: Grant | null): Session;
  /** Null: the token is no session's, or that is over. */
  of(token: string): Session | null;
  /** The app's secret by its consumer key; null: there is no such app any more. */
  keyOf(clientId: string): string | null;
  openGrant(key: string, userId: string): Grant;
  grantOf(refreshToken: string): Grant | null;
  rotate(grant: Grant): void;
  endGrant(grant: Grant): void;
  end(token: string): boolean;
  endAll(): void;
  openCode(code: Code): string;
  /** Once. */
  takeCode(code: string): Code | null;
  forget(): void;
}

export function createSessions({ settings, keys, now, random }: SfAccount): Sessions {
  const sessions = new Map<string, Session>();
  const grants = new Map<string, Grant>();
  const codes = new Map<string, Code>();
  let made = 0;

  /** Not to be guessed from another; the same in every run of a seed. */
  function secretOf(kind: string): string {
    made += 1;
    return createHash('sha256').update(`${kind} ${made} ${random.next()}`).digest('base64url');
  }

  const newRefreshToken = (): string => `5Aep861${secretOf('refresh')}`;

  function endGrant(grant: Grant): void {
    for (const token of grant.tokens) grants.delete(token);
    for (const [token, session] of sessions) if (session.grant === grant) sessions.delete(token);
  }

  return {
    open(key, userId, grant = null) {
      const token = `${ORG_ID.slice(0, 15)}!${secretOf('session')}`;
      const session = { token, userId, key, expiresAt: now() + settings().sessionMs, grant };
      sessions.set(token, session);
      return session;
    },
    of(token) {
      const session = sessions.get(token);
      return session !== undefined && keys.has(session.key) && session.expiresAt > now() ? session : null;
    },
    keyOf: (clientId) => [...keys].find((key) => clientIdOf(key) === clientId) ?? null,
    openGrant(key, userId) {
      const current = newRefreshToken();
      const grant: Grant = { key, userId, tokens: new Set([current]), current };
      grants.set(current, grant);
      return grant;
    },
    grantOf: (refreshToken) => grants.get(refreshToken) ?? null,
    rotate(grant) {
      grant.current = newRefreshToken();
      grant.tokens.add(grant.current);
      grants.set(grant.current, grant);
    },
    endGrant,
    end(token) {
      const grant = grants.get(token);
      if (grant !== undefined) endGrant(grant);
      return sessions.delete(token) || grant !== undefined;
    },
    endAll: () => sessions.clear(),
    openCode(code) {
      const text = `aPrx${secretOf('code')}`;
      codes.set(text, code);
      return text;
    },
    takeCode(text) {
      const code = codes.get(text) ?? null;
      codes.delete(text);
      return code !== null && code.expiresAt > now() ? code : null;
    },
    forget() {
      sessions.clear();
      grants.clear();
      codes.clear();
    },
  };
}
