import type { Collection } from 'mongodb';
import type { SealedCredentials } from '../../../domain/connection.ts';
import type { SettingStore } from '../../setting-store.port.ts';
import { againIfRefused } from '../session/mongo-errors.ts';
import type { MongoSession } from '../session/mongo-session.ts';
import { connectionsIn, sealedCopy } from './stored-connection.ts';

type SealedSetting = 'canary' | 'fingerprint_key';

interface SettingDocument {
  readonly _id: SealedSetting | 'epoch';
  readonly sealed?: SealedCredentials;
  readonly epoch?: number;
}

export function createSettingStore(session: MongoSession): SettingStore {
  const { database, ask } = session;
  const settings: Collection<SettingDocument> = database.collection('settings');
  const connections = connectionsIn(session);

  const sealedOf = async (name: SealedSetting): Promise<SealedCredentials | null> => {
    const found = await ask(() => settings.findOne({ _id: name }));
    return found?.sealed === undefined ? null : sealedCopy(found.sealed);
  };
  const insert = async (name: SealedSetting, sealed: SealedCredentials): Promise<SealedCredentials> => {
    const update = { $setOnInsert: { sealed: sealedCopy(sealed) } };
    const kept = await againIfRefused(() =>
      ask(() => settings.findOneAndUpdate({ _id: name }, update, { upsert: true, returnDocument: 'after' })),
    );
    if (kept?.sealed === undefined) throw new Error('MongoDB answered an upsert without its document');
    return sealedCopy(kept.sealed);
  };

  return {
    readCanary: () => sealedOf('canary'),
    writeCanaryIfAbsent: (sealed) => insert('canary', sealed),
    async replaceCanary(sealed) {
      const update = { $set: { sealed: sealedCopy(sealed) } };
      await againIfRefused(() => ask(() => settings.updateOne({ _id: 'canary' }, update, { upsert: true })));
    },
    readFingerprintKey: () => sealedOf('fingerprint_key'),
    writeFingerprintKeyIfAbsent: (sealed) => insert('fingerprint_key', sealed),
    async replaceFingerprintKey(sealed, former) {
      const standing = { _id: 'fingerprint_key' as const, 'sealed.nonce': former.nonce };
      const update = { $set: { sealed: sealedCopy(sealed) } };
      return (await ask(() => settings.updateOne(standing, update))).matchedCount === 1;
    },
    // Reckoned from the document before: as the one after, some servers answer with what others have made of it since.
    async nextEpoch() {
      const update = { $inc: { epoch: 1 } };
      const before = await againIfRefused(() =>
        ask(() =>
          settings.findOneAndUpdate({ _id: 'epoch' }, update, { upsert: true, returnDocument: 'before' }),
        ),
      );
      return (before?.epoch ?? 0) + 1;
    },
    async hasSealedCredentials() {
      const any = await ask(() =>
        connections.findOne({ sealed: { $exists: true } }, { projection: { _id: 1 } }),
      );
      return any !== null;
    },
  };
}
