import type { Neighbour } from '../domain/deciding/step.ts';
import type { Connection } from '../domain/connection.ts';
import type { Link, LinkId } from '../domain/link.ts';
import type { ZenaRecord } from '../domain/record.ts';
import type { RecordKey } from '../domain/entity.ts';
import { weightOf } from '../domain/json.ts';
import { readSeen } from '../delivering/steps/gather.ts';
import type { StateStore } from '../state-store/state-store.port.ts';

/** A link as it would be by now, and its record. */
export interface PooledLink {
  link: Link;
  record: ZenaRecord;
}

/** Links that are thought about together, found by what makes them neighbours. */
export interface LinkPool<P extends PooledLink> {
  has(id: LinkId): boolean;
  get(id: LinkId): P | undefined;
  values(): IterableIterator<P>;
  size(): number;
  put(pooled: P): void;
  /** The link is another by now. */
  change(pooled: P, link: Link): void;
  remove(pooled: P): void;
  clear(): void;
  /** Who shares a CRM record or a key with a link as it is `as`, and would have these keys. */
  neighbours(id: LinkId, as: Link, keyHashes: readonly string[]): readonly Neighbour[];
}

export function createLinkPool<P extends PooledLink>(): LinkPool<P> {
  const pooled = new Map<LinkId, P>();
  const byMark = new Map<string, Set<LinkId>>();

  function index(link: Link): void {
    for (const mark of marksOf(link, [])) {
      const ids = byMark.get(mark);
      if (ids === undefined) byMark.set(mark, new Set([link.id]));
      else ids.add(link.id);
    }
  }

  function unindex(link: Link): void {
    for (const mark of marksOf(link, [])) {
      const ids = byMark.get(mark);
      ids?.delete(link.id);
      if (ids?.size === 0) byMark.delete(mark);
    }
  }

  return {
    has: (id) => pooled.has(id),
    get: (id) => pooled.get(id),
    values: () => pooled.values(),
    size: () => pooled.size,
    put(one) {
      pooled.set(one.link.id, one);
      index(one.link);
    },
    change(one, link) {
      unindex(one.link);
      one.link = link;
      index(link);
    },
    remove(one) {
      unindex(one.link);
      pooled.delete(one.link.id);
    },
    clear() {
      pooled.clear();
      byMark.clear();
    },
    neighbours(id, as, keyHashes) {
      const ids = new Set(marksOf(as, keyHashes).flatMap((mark) => [...(byMark.get(mark) ?? [])]));
      ids.delete(id);
      return [...ids].flatMap((other) => {
        const one = pooled.get(other);
        return one === undefined ? [] : [{ link: one.link, record: one.record }];
      });
    },
  };
}

function marksOf({ kind, remote, keyHash, intent }: Link, keyHashes: readonly string[]): string[] {
  const hashes = [keyHash, intent?.keyHash, ...keyHashes].filter((hash) => typeof hash === 'string');
  const keys = hashes.map((hash) => `${kind} key ${hash}`);
  return [...new Set(remote === null ? keys : [...keys, `${kind} id ${remote.id}`])];
}

/** Of records that are not of a page, so many bytes are read to foresee it; what is beyond that goes by what is stored. */
export const OTHERS_BYTES = 16 * 1_048_576;
/** A link is remembered with what the CRM holds up to so many bytes. */
const LIGHT_BYTES = 16_384;

interface Reading {
  readonly store: Pick<StateStore, 'records'>;
  readonly connection: Pick<Connection, 'owner'>;
  /** Bytes that may still be read; grows less by what is. */
  room: number;
}

/** As many of them as there is room for. */
export async function readOthers(
  reading: Reading,
  keys: readonly RecordKey[],
): Promise<ReadonlyMap<RecordKey, ZenaRecord>> {
  const found = new Map<RecordKey, ZenaRecord>();
  for (let rest = keys; rest.length > 0 && reading.room > 0;) {
    const part = await readSeen(reading.store, reading.connection.owner, rest);
    for (const [key, record] of part.records) {
      found.set(key, record);
      reading.room -= weightOf(record);
    }
    rest = part.rest;
  }
  return found;
}

/** What the CRM holds of a large record isn't kept: it goes as one of which that isn't known. */
export function lightLink(link: Link): Link {
  return weightOf(link) <= LIGHT_BYTES ? link : { ...link, shadow: null, copy: null };
}
