import { randomUUID } from 'node:crypto';
import { connectionOfScope, type Scope } from '../../../domain/connection.ts';
import type { AccountStore } from '../../account-store.port.ts';
import type { SqliteSession } from '../session/sqlite-session.ts';

/** The other scopes of one's account. */
export const KIN_SCOPES = `
  SELECT kin.scope FROM accounts AS own JOIN accounts AS kin ON kin.account = own.account
  WHERE own.scope = :scope AND kin.scope <> own.scope`;

const PLACE = `
  INSERT INTO accounts (scope, connection_id, account) VALUES (?, ?, ?)
  ON CONFLICT (scope) DO UPDATE SET account = excluded.account`;

export function createAccountStore(session: SqliteSession): AccountStore {
  const { prepare } = session;
  const accountOf = (scope: Scope): string | null =>
    (prepare('SELECT account FROM accounts WHERE scope = ?').get(scope)?.['account'] as string | undefined) ??
    null;

  return {
    kinOf: (scope) =>
      session.peek(() =>
        prepare(KIN_SCOPES)
          .all({ scope })
          .map((row) => row['scope'] as Scope),
      ),
    join: (one, other) =>
      session.write(() => {
        const [mine, theirs] = [accountOf(one), accountOf(other)];
        const account = mine ?? theirs ?? randomUUID();
        for (const scope of [one, other]) prepare(PLACE).run(scope, connectionOfScope(scope), account);
        prepare('UPDATE accounts SET account = ? WHERE account = ?').run(account, theirs ?? account);
      }),
    leave: (scope) =>
      session.write(() => {
        prepare('DELETE FROM accounts WHERE scope = ?').run(scope);
      }),
  };
}
