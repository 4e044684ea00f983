import type { RecordKey } from '../domain/entity.ts';
import type { Link } from '../domain/link.ts';
import type { ZenaRecord } from '../domain/record.ts';
import { weightOf } from '../domain/weight.ts';
import type { StateStore } from '../state-store/state-store.port.ts';

/** Of records that are not of a page, so many bytes are read to foresee it; what is beyond that goes by what is stored. */
export const OTHERS_BYTES = 16 * 1_048_576;
/** A link is remembered with what the CRM holds up to so many bytes. */
const LIGHT_BYTES = 16_384;

interface Reading {
  readonly store: Pick<StateStore, 'records'>;
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
    const part = await reading.store.records.readPart(rest);
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
