import { Buffer } from 'node:buffer';
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { KeyRing } from './key-ring.ts';
import { NONCE_BYTES, parseSealedValue, type SealedValue, TAG_BYTES, toSealedValue } from './sealed-value.ts';

const ALGORITHM = 'aes-256-gcm';

/** Where a sealed value belongs. Opened with any other context, it fails as if it had been changed. */
export interface SealingContext {
  readonly userId: string;
  readonly provider: string;
  readonly connectionId: string;
}

/**
 * Why a value didn't open: not a sealed value at all, sealed with a key that this ring lacks, or changed,
 * moved or sealed for something else.
 */
export type OpenFailure = 'MALFORMED' | 'KEY_UNKNOWN' | 'TAMPERED';

export type OpenResult =
  { readonly ok: true; readonly plaintext: Buffer } | { readonly ok: false; readonly code: OpenFailure };

/**
 * Seals bytes with the ring's current key and a nonce of its own. `purpose` names the kind and version of the
 * content, so that one kind can't be passed off as another.
 */
export function seal(
  ring: KeyRing,
  purpose: string,
  context: SealingContext,
  plaintext: Buffer,
): SealedValue {
  const keyId = ring.currentId;
  const key = ring.sealingKey(keyId);
  if (key === null) throw new TypeError('The key ring lacks its own current key');
  // Not from the injected random source: a repeated nonce would give the key away, so no seed may govern it.
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(additionalData(purpose, context, keyId));
  const data = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  return toSealedValue({ keyId, nonce, tag: cipher.getAuthTag(), data });
}

/** Opens what `seal` made with the same purpose and context. */
export function open(ring: KeyRing, purpose: string, context: SealingContext, sealed: unknown): OpenResult {
  const parts = parseSealedValue(sealed);
  if (parts === null) return { ok: false, code: 'MALFORMED' };
  const key = ring.sealingKey(parts.keyId);
  if (key === null) return { ok: false, code: 'KEY_UNKNOWN' };
  const decipher = createDecipheriv(ALGORITHM, key, parts.nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(additionalData(purpose, context, parts.keyId));
  decipher.setAuthTag(parts.tag);
  const plaintext = decipher.update(parts.data);
  try {
    decipher.final();
  } catch {
    // The one thing that `final` checks here is the tag.
    plaintext.fill(0);
    return { ok: false, code: 'TAMPERED' };
  }
  return { ok: true, plaintext };
}

/** Length-prefixed, so that no two different contexts run together into the same bytes. */
function additionalData(purpose: string, context: SealingContext, keyId: string): Buffer {
  const parts = [purpose, context.userId, context.provider, context.connectionId, keyId];
  return Buffer.concat(
    parts.flatMap((part) => {
      const bytes = Buffer.from(part, 'utf8');
      const length = Buffer.alloc(4);
      length.writeUInt32BE(bytes.length);
      return [length, bytes];
    }),
  );
}
