import { Buffer, isUtf8 } from 'node:buffer';
import Type, { type Static } from 'typebox';
import { Count, nullable } from './scalars.ts';

/** An unreadable event's original bytes. */
export const EventBytesSchema = Type.Object({
  keyBase64: nullable(Type.String()),
  keyText: nullable(Type.String({ description: 'The key, where it is printable UTF-8.' })),
  valueBase64: nullable(Type.String()),
  valueText: nullable(Type.String({ description: 'The value, where it is printable UTF-8 and small.' })),
  valueBytes: Count,
});

/** More than this is no help to the eye. */
const LONGEST_TEXT = 16 * 1_024;

export function eventBytesView(
  key: Uint8Array | null,
  value: Uint8Array | null,
): Static<typeof EventBytesSchema> {
  return {
    keyBase64: key === null ? null : Buffer.from(key).toString('base64'),
    keyText: printableText(key),
    valueBase64: value === null ? null : Buffer.from(value).toString('base64'),
    valueText: printableText(value),
    valueBytes: value?.byteLength ?? 0,
  };
}

/** Null where the bytes are no UTF-8, hold characters that a terminal would obey, or are too many to read. */
function printableText(bytes: Uint8Array | null): string | null {
  if (bytes === null || bytes.byteLength > LONGEST_TEXT || !isUtf8(bytes)) return null;
  const text = Buffer.from(bytes).toString('utf8');
  return /[^\P{C}\t\n\r]/u.test(text) ? null : text;
}
