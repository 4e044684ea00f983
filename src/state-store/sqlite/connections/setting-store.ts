import type { SealedCredentials } from '../../../domain/connection.ts';
import type { SettingStore } from '../../setting-store.port.ts';
import type { SqliteSession } from '../session/sqlite-session.ts';

const RAISE_EPOCH = `
  INSERT INTO settings (name, value) VALUES ('epoch', 1)
  ON CONFLICT (name) DO UPDATE SET value = value + 1 RETURNING value`;

const INSERT = 'INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT DO NOTHING';

const REPLACE =
  'INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value';

const REPLACE_FORMER = "UPDATE settings SET value = ? WHERE name = ? AND value ->> '$.nonce' = ?";

type SealedSetting = 'canary' | 'fingerprint_key';

export function createSettingStore(session: SqliteSession): SettingStore {
  const { prepare } = session;
  const sealedOf = (name: SealedSetting): SealedCredentials | null => {
    const row = prepare('SELECT value FROM settings WHERE name = ?').get(name);
    return row === undefined ? null : (JSON.parse(row['value'] as string) as SealedCredentials);
  };
  const insert = (name: SealedSetting, sealed: SealedCredentials): Promise<SealedCredentials> =>
    session.write(() => {
      prepare(INSERT).run(name, JSON.stringify(sealed));
      return sealedOf(name) ?? sealed;
    });

  return {
    readCanary: () => session.read(() => sealedOf('canary')),
    writeCanaryIfAbsent: (sealed) => insert('canary', sealed),
    replaceCanary: (sealed) =>
      session.write(() => {
        prepare(REPLACE).run('canary', JSON.stringify(sealed));
      }),
    readFingerprintKey: () => session.read(() => sealedOf('fingerprint_key')),
    writeFingerprintKeyIfAbsent: (sealed) => insert('fingerprint_key', sealed),
    replaceFingerprintKey: (sealed, former) =>
      session.write(
        () =>
          prepare(REPLACE_FORMER).run(JSON.stringify(sealed), 'fingerprint_key', former.nonce).changes === 1,
      ),
    nextEpoch: () => session.write(() => Number(prepare(RAISE_EPOCH).get()?.['value'])),
    hasSealedCredentials: () =>
      session.read(() => {
        const any = prepare('SELECT EXISTS (SELECT 1 FROM connections WHERE sealed_v IS NOT NULL) AS any');
        return any.get()?.['any'] === 1;
      }),
  };
}
