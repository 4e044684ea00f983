import { Buffer } from 'node:buffer';

const BYTES = 32;

/**
 * Decodes an encryption key from 64 hex digits or from base64 (standard or URL-safe, padding optional).
 * Null unless the text is exactly 32 bytes in canonical form: a password is never taken for a key.
 */
export function parseEncryptionKey(text: string): Uint8Array | null {
  const trimmed = text.trim();
  if (/^[0-9a-fA-F]{64}$/.test(trimmed)) return Buffer.from(trimmed, 'hex');
  const bare = trimmed.replace(/=$/, '').replaceAll('+', '-').replaceAll('/', '_');
  if (!/^[\w-]{43}$/.test(bare)) return null;
  const decoded = Buffer.from(bare, 'base64url');
  return decoded.length === BYTES && decoded.toString('base64url') === bare ? decoded : null;
}
