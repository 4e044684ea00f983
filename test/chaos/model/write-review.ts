import type { EntityKind } from '../../../src/domain/entity.ts';
import type { CommittedWrite } from '../../../src/sandbox/kit/journal/write-log.ts';
import type { VaultCollection } from '../../../src/sandbox/mri-vault/vault-record.ts';
import { identityOf, versionMark, ZENA_ID_MARK } from './crm-model.ts';

/** A write as the sandbox tells of it over HTTP. */
export type ToldWrite = Omit<CommittedWrite<VaultCollection>, 'at'> & { readonly at: string };

export interface WriteFindings {
  readonly creates: number;
  readonly writes: number;
  readonly removes: number;
  /** Creates of what the CRM held already. */
  readonly duplicates: readonly string[];
  /** Writes of older content than the same CRM record held. */
  readonly staleOverwrites: readonly string[];
  /** Writes with one of Zena's ids in them. */
  readonly leakedIds: readonly string[];
}

export interface Landing {
  readonly identity: string;
  readonly version: number;
  /** Epoch ms. */
  readonly at: number;
}

export interface WriteReview {
  /** The number of the last write that was looked at. */
  readonly last: () => number;
  /** Takes the writes that follow, in order, and tells which versions have come to stand in the CRM. Throws where some are missing. */
  take(writes: readonly ToldWrite[]): Landing[];
  findings(): WriteFindings;
}

const KINDS: Readonly<Record<VaultCollection, EntityKind>> = {
  contacts: 'contact',
  properties: 'property',
  deals: 'deal',
};

/** Judges every write of one CRM in the order in which the CRM did them. */
export function createWriteReview(): WriteReview {
  const holders = new Map<string, Set<string>>();
  const held = new Map<string, { identity: string; version: number }>();
  const duplicates: string[] = [];
  const staleOverwrites: string[] = [];
  const leakedIds: string[] = [];
  const count = { create: 0, write: 0, remove: 0 };
  let last = 0;

  function judge({ kind, collection, id, fields, at }: ToldWrite): Landing[] {
    count[kind] += 1;
    const key = `${collection} ${id}`;
    if (fields === null) {
      holders.get(held.get(key)?.identity ?? '')?.delete(key);
      held.delete(key);
      return [];
    }
    const entity = KINDS[collection];
    const identity = identityOf(entity, fields);
    const version = versionMark(entity, fields) ?? 0;
    const before = held.get(key);
    const others = holders.get(identity) ?? new Set();
    if (kind === 'create' && others.size > 0) duplicates.push(`${identity} at ${at}`);
    if (before !== undefined && version < before.version) {
      staleOverwrites.push(`${identity} from version ${before.version} to ${version} at ${at}`);
    }
    if (JSON.stringify(fields).includes(ZENA_ID_MARK)) leakedIds.push(`${identity} at ${at}`);
    holders.set(identity, others.add(key));
    held.set(key, { identity, version });
    return [{ identity, version, at: Date.parse(at) }];
  }

  return {
    last: () => last,
    take(writes) {
      return writes.flatMap((write) => {
        if (write.number !== last + 1)
          throw new Error(`Writes ${last + 1} to ${write.number - 1} are missing.`);
        last = write.number;
        return judge(write);
      });
    },
    findings: () => ({
      creates: count.create,
      writes: count.write,
      removes: count.remove,
      duplicates,
      staleOverwrites,
      leakedIds,
    }),
  };
}
