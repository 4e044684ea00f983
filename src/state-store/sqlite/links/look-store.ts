import { connectionOfScope } from '../../../domain/connection.ts';
import type { ClockLag, LookedAt } from '../../../domain/crm-copy.ts';
import type { LookStore } from '../../look-store.port.ts';
import type { SqliteSession } from '../session/sqlite-session.ts';

const READ =
  'SELECT looked_from AS "from", looked_to AS "to", behind FROM looks WHERE scope = ? AND kind = ?';

const WRITE = `
  INSERT INTO looks (scope, kind, connection_id, looked_from, looked_to, behind) VALUES (?, ?, ?, ?, ?, ?)
  ON CONFLICT (scope, kind) DO UPDATE
    SET looked_from = excluded.looked_from, looked_to = excluded.looked_to, behind = coalesce(excluded.behind, behind)
  WHERE excluded.looked_to > looked_to
    OR (excluded.looked_to = looked_to AND excluded.looked_from = looked_from AND excluded.behind IS NOT NULL)`;

type LookRow = Pick<LookedAt, 'from' | 'to'> & { readonly behind: string | null };

export function createLookStore(session: SqliteSession): LookStore {
  const { prepare } = session;
  return {
    read: (scope, kind) =>
      session.peek(() => {
        const row = prepare(READ).get(scope, kind) as unknown as LookRow | undefined;
        if (row === undefined) return null;
        const { from, to, behind } = row;
        return { from, to, ...(behind !== null && { behind: JSON.parse(behind) as ClockLag }) };
      }),
    write: (scope, kind, { from, to, behind }) =>
      session.write(() => {
        const told = behind === undefined ? null : JSON.stringify(behind);
        prepare(WRITE).run(scope, kind, connectionOfScope(scope), from, to, told);
      }),
  };
}
