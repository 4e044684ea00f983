import type { SealedCredentials } from '../../../domain/connection.ts';
import type { SettingStore } from '../../setting-store.port.ts';
import type { SqliteSession } from '../session/sqlite-session.ts';

const RAISE_EPOCH = `
  INSERT INTO settings (name, value) VALUES ('epoch', 1)
  ON CONFLICT (name) DO UPDATE SET value = value + 1 RETURNING value`;

export function createSettingStore(session: SqliteSession): SettingStore {
  const { prepare } = session;
  const canary = (): SealedCredentials | null => {
    const row = prepare("SELECT value FROM settings WHERE name = 'canary'").get();
    return row === undefined ? null : (JSON.parse(row['value'] as string) as SealedCredentials);
  };

  return {
    readCanary: () => session.read(canary),
    writeCanaryIfAbsent: (sealed) =>
      session.write(() => {
        const insert = prepare(
          "INSERT INTO settings (name, value) VALUES ('canary', ?) ON CONFLICT DO NOTHING",
        );
        insert.run(JSON.stringify(sealed));
        return canary() ?? sealed;
      }),
    replaceCanary: (sealed) =>
      session.write(() => {
        const replace = prepare(
          "INSERT INTO settings (name, value) VALUES ('canary', ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        );
        replace.run(JSON.stringify(sealed));
      }),
    nextEpoch: () => session.write(() => Number(prepare(RAISE_EPOCH).get()?.['value'])),
    hasSealedCredentials: () =>
      session.read(() => {
        const any = prepare('SELECT EXISTS (SELECT 1 FROM connections WHERE sealed IS NOT NULL) AS any');
        return any.get()?.['any'] === 1;
      }),
  };
}
