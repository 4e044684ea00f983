import type { LogPlace } from '../../domain/change-event.ts';
import type { DecodeAgain, DecodedAgain } from '../decode-again.port.ts';
import type { ValueDecoder } from './value-decoder.ts';

/** Where bytes stand that came without a log: nowhere. Only needed to hand them to the decoder. */
const NO_PLACE: LogPlace = { topic: '', partition: 0, offset: '-1' };

/**
 * Reads a letter's original bytes with a feed's decoder. The change keeps the place in the log where the event stood: a null
 * value that stands after it still deletes. A schema that was registered since is found once the decoder's memory of unknown
 * ids has faded (30 s).
 */
export function createDecodeAgain(decode: ValueDecoder): DecodeAgain {
  return async ({ entity, source, key, value, valueBytes }): Promise<DecodedAgain> => {
    if (valueBytes !== undefined)
      return {
        ok: false,
        code: 'TOO_LARGE',
        detail: `of ${valueBytes} bytes only the beginning is kept in the index: put the event on its topic again`,
      };
    const decoded = await decode(entity, {
      place: source ?? NO_PLACE,
      key: key === null ? null : bufferOf(key),
      value: value === null ? null : bufferOf(value),
    });
    if (decoded.type === 'letter') return { ok: false, code: decoded.code, detail: decoded.detail };
    const { change } = decoded;
    if (source !== null) return { ok: true, change };
    // A null value deletes what stands before it in the log; without a place it says nothing.
    return change.type === 'event'
      ? { ok: true, change: { ...change, place: null } }
      : { ok: false, code: 'UNREADABLE_VALUE', detail: 'a null value without a place in a log' };
  };
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
