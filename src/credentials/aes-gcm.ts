import { Buffer } from 'node:buffer';
import { createCipheriv, createDecipheriv, type KeyObject, randomBytes } from 'node:crypto';

const ALGORITHM = 'aes-256-gcm';

export const KEY_BYTES = 32;
export const NONCE_BYTES = 12;
/** A shorter tag is as good as none and is never accepted. */
export const TAG_BYTES = 16;

export interface Encrypted {
  readonly nonce: Buffer;
  readonly tag: Buffer;
  readonly data: Buffer;
}

/** Encrypts under a nonce of its own, bound to `additional`: an ordered list of texts. */
export function encrypt(
  key: KeyObject | Uint8Array,
  additional: readonly string[],
  plaintext: Uint8Array,
): Encrypted {
  // Not from the injected random source: a repeated nonce would give the key away, so no seed may govern it.
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(lengthPrefixed(additional));
  const data = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  return { nonce, tag: cipher.getAuthTag(), data };
}

/** Null when anything of it was changed, or it was encrypted under another key or for something else. */
export function decrypt(
  key: KeyObject | Uint8Array,
  additional: readonly string[],
  { nonce, tag, data }: Encrypted,
): Buffer | null {
  if (nonce.length !== NONCE_BYTES || tag.length !== TAG_BYTES) return null;
  const decipher = createDecipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(lengthPrefixed(additional));
  decipher.setAuthTag(tag);
  const plaintext = decipher.update(data);
  try {
    decipher.final();
  } catch {
    // The one thing that `final` checks here is the tag.
    plaintext.fill(0);
    return null;
  }
  return plaintext;
}

const LENGTH_BYTES = 4;

/** So that no two different lists run together into the same bytes. */
function lengthPrefixed(parts: readonly string[]): Buffer {
  const bytes = Buffer.alloc(parts.reduce((sum, part) => sum + LENGTH_BYTES + Buffer.byteLength(part), 0));
  let at = 0;
  for (const part of parts) {
    const written = bytes.write(part, at + LENGTH_BYTES);
    bytes.writeUInt32BE(written, at);
    at += LENGTH_BYTES + written;
  }
  return bytes;
}
