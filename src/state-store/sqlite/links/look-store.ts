import { connectionOfScope } from '../../../domain/connection.ts';
import type { LookedAt } from '../../../domain/crm-copy.ts';
import type { LookStore } from '../../look-store.port.ts';
import type { SqliteSession } from '../session/sqlite-session.ts';

const READ = 'SELECT looked_from AS "from", looked_to AS "to" FROM looks WHERE scope = ? AND kind = ?';

const WRITE = `
  INSERT INTO looks (scope, kind, connection_id, looked_from, looked_to) VALUES (?, ?, ?, ?, ?)
  ON CONFLICT (scope, kind) DO UPDATE SET looked_from = excluded.looked_from, looked_to = excluded.looked_to
  WHERE excluded.looked_to > looked_to`;

export function createLookStore(session: SqliteSession): LookStore {
  const { prepare } = session;
  return {
    read: (scope, kind) =>
      session.read(() => {
        const row = prepare(READ).get(scope, kind) as unknown as LookedAt | undefined;
        return row === undefined ? null : { from: row.from, to: row.to };
      }),
    write: (scope, kind, { from, to }) =>
      session.write(() => {
        prepare(WRITE).run(scope, kind, connectionOfScope(scope), from, to);
      }),
  };
}
