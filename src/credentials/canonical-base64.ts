import { Buffer } from 'node:buffer';

/** The bytes of standard base64; null unless it is the canonical form, so that a value has one spelling. */
export function fromCanonicalBase64(text: unknown): Buffer | null {
  if (typeof text !== 'string') return null;
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : null;
}
