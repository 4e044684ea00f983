import type { ZenaRecord } from '../../../src/domain/record.ts';
import type { Link } from '../../../src/domain/link.ts';
import type { LiveOwnership } from '../../../src/ownership/ownership.port.ts';
import type { Replays } from '../../../src/replays/replay-letters.ts';
import type { StateStore } from '../../../src/state-store/state-store.port.ts';
import type { SqliteStateStore } from '../../../src/state-store/sqlite/open-sqlite-store.ts';
import type { Sabotage } from '../world.ts';

/** Faults that somebody might build in, put around the program from outside: what a simulation is worth shows in finding them. */

/** The log's progress is recorded before anything is stored. */
export const commitBeforeStore: Sabotage = {
  wrapIngest: (ingest) => (batch) => {
    ingest(batch).catch(() => undefined);
    return Promise.resolve([]);
  },
};

/** After a create without an answer nobody looks for what it made. */
export const blindCreate: Sabotage = {
  wrapStore: (store) => {
    const forgetful = (link: Link): Link => ({ ...link, intent: null });
    return {
      ...store,
      links: {
        ...store.links,
        claim: async (request) => (await store.links.claim(request)).map(forgetful),
        findNeighbours: async (...args) => (await store.links.findNeighbours(...args)).map(forgetful),
      },
    };
  },
};

/** Every worker owns everything, and claims keep nobody away. */
export const noClaimFence: Sabotage = {
  wrapOwnership: (ownership): LiveOwnership => ({
    ...ownership,
    leaseOf: () => ({ shard: 0, epoch: 1 }),
    mayDispatch: () => true,
  }),
  wrapStore: (store, raw) => ({ ...store, links: unfenced(store.links, raw) }),
};

function unfenced(links: StateStore['links'], { database }: SqliteStateStore): StateStore['links'] {
  const free = database.prepare(
    'UPDATE links SET claim_token = NULL, claim_epoch = NULL, claim_until = NULL WHERE scope = ?',
  );
  const holder = database.prepare('SELECT claim_token AS token FROM links WHERE id = ?');
  const holderOf = (id: string): string => String(holder.get(id)?.['token'] ?? '');
  return {
    ...links,
    claim(request) {
      free.run(request.scope);
      return links.claim(request);
    },
    extendClaim: () => Promise.resolve(true),
    async beginCreate(id, _token, intent) {
      await links.beginCreate(id, holderOf(id), intent);
      return true;
    },
    settle: (settlement) => links.settle({ ...settlement, token: holderOf(settlement.id) }),
  };
}

/** A replay sends what stood in the record when its delivery failed. */
export function replayOfOldPayloads(): Sabotage {
  const captured = new Map<string, ZenaRecord>();
  const replaying = new Set<string>();
  return {
    wrapStore: (store) => ({
      ...store,
      deadLetters: {
        ...store.deadLetters,
        async put(letters) {
          for (const { id, entity, entityId } of letters) {
            const key = `${entity}/${entityId ?? ''}` as const;
            const record = (await store.records.read([key])).get(key);
            if (record !== undefined && !captured.has(id)) captured.set(id, record);
          }
          await store.deadLetters.put(letters);
        },
      },
      records: {
        ...store.records,
        async readPart(keys) {
          const { records, rest } = await store.records.readPart(keys);
          const found = new Map(records);
          for (const record of captured.values()) {
            if (found.has(record.key) && replaying.delete(record.key)) found.set(record.key, record);
          }
          return { records: found, rest };
        },
      },
    }),
    wrapReplays: (replays, store): Replays => ({
      ...replays,
      async begin(planId) {
        const { items } = await store.deadLetters.list({ kind: 'deliver' }, null, 100);
        for (const { delivery, entity, entityId } of items) {
          if (delivery === null) continue;
          const key = `${entity}/${entityId ?? ''}` as const;
          const { scope, connectionId, userId } = delivery;
          replaying.add(key);
          await store.links.clearShadows([delivery.linkId]);
          await store.links.markLook([{ scope, connectionId, userId, key, lane: 'replay', now: 0 }]);
        }
        return await replays.begin(planId);
      },
    }),
  };
}
