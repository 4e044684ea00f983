import type { SealedCredentials } from '../../domain/connection.ts';
import type { SettingStore } from '../state-store.ts';
import { sealedCopy } from './connection-document.ts';
import { isDuplicateKey } from './mongo-errors.ts';
import type { MongoSession } from './mongo-session.ts';
import type { SettingDocument } from './setting-document.ts';

export function createSettingStore({ settings, connections, ask }: MongoSession): SettingStore {
  const upsert = (
    _id: SettingDocument['_id'],
    update: { $setOnInsert: { sealed: SealedCredentials } } | { $inc: { epoch: number } },
  ): Promise<SettingDocument | null> =>
    ask(() => settings.findOneAndUpdate({ _id }, update, { upsert: true, returnDocument: 'after' }));

  /** Of two that make a document at once, servers may refuse one; the second time it is there. */
  const upsertAgainIfRefused = async (
    ...[id, update]: Parameters<typeof upsert>
  ): Promise<SettingDocument | null> => {
    try {
      return await upsert(id, update);
    } catch (error) {
      if (isDuplicateKey(error)) return upsert(id, update);
      throw error;
    }
  };

  return {
    async readCanary() {
      const canary = await ask(() => settings.findOne({ _id: 'canary' }));
      return canary?.sealed === undefined ? null : sealedCopy(canary.sealed);
    },
    async writeCanaryIfAbsent(sealed) {
      const kept = await upsertAgainIfRefused('canary', { $setOnInsert: { sealed: sealedCopy(sealed) } });
      if (kept?.sealed === undefined) throw new Error('MongoDB answered an upsert without its document');
      return sealedCopy(kept.sealed);
    },
    async nextEpoch() {
      const raised = await upsertAgainIfRefused('epoch', { $inc: { epoch: 1 } });
      if (raised?.epoch === undefined) throw new Error('MongoDB answered an upsert without its document');
      return raised.epoch;
    },
    async hasSealedCredentials() {
      const any = await ask(() =>
        connections.findOne({ sealed: { $exists: true } }, { projection: { _id: 1 } }),
      );
      return any !== null;
    },
  };
}
