import { Buffer } from 'node:buffer';
import { createCipheriv, createHash, randomBytes } from 'node:crypto';
import { secret } from '../../src/config/secret.ts';
import { fingerprintsUnder } from '../../src/credentials/fingerprints.ts';
import { createKeyRing, type KeyRing } from '../../src/credentials/key-ring.ts';
import type { SealingContext } from '../../src/credentials/key-service.ts';
import { createLocalKeyService } from '../../src/credentials/local-key-service.ts';
import type { SealedValue } from '../../src/credentials/sealed-value.ts';
import { createSealer, type Sealer } from '../../src/credentials/sealing.ts';

/** The configured key of a name, 32 bytes. */
export function keyOf(label: string): Uint8Array {
  return new Uint8Array(createHash('sha256').update(label).digest());
}

/** The fingerprints of a store whose key has this name. */
export const fingerprintsOf = (label: string) => fingerprintsUnder(Buffer.from(keyOf(label)));

/** A ring of these keys, the current one first. */
export function ringOf(...labels: [string, ...string[]]): KeyRing {
  const [current, ...retired] = labels.map((label) => secret(keyOf(label)));
  const result = current && createKeyRing({ current, retired });
  if (!result?.ok) throw new TypeError('no ring');
  return result.ring;
}

/** A sealer over these keys, the current one first. */
export function sealerOf(...labels: [string, ...string[]]): Sealer {
  const ring = ringOf(...labels);
  return createSealer({ keys: createLocalKeyService(ring), ring });
}

/** A sealer over a key service that can not be asked while `away` says so. */
export function sealerWithout(away: () => boolean, ring: KeyRing): Sealer {
  const local = createLocalKeyService(ring);
  const unavailable = { ok: false, code: 'KEYS_UNAVAILABLE' } as const;
  return createSealer({
    ring,
    keys: {
      ...local,
      wrap: async (...args) => (away() ? unavailable : await local.wrap(...args)),
      unwrap: async (...args) => (away() ? unavailable : await local.unwrap(...args)),
    },
  });
}

/** As versions before the data keys sealed, written out here so that what they left in stores stays readable. */
export function sealAsBefore(
  label: string,
  purpose: 'credentials/v1' | 'canary/v1',
  { userId, provider, connectionId }: SealingContext,
  plaintext: string,
): SealedValue {
  const ring = ringOf(label);
  const key = ring.sealingKey(ring.currentId);
  if (key === null) throw new TypeError('no key');
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  const additional = [purpose, userId, provider, connectionId, ring.currentId].map((part) => {
    const bytes = Buffer.from(part, 'utf8');
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    return Buffer.concat([length, bytes]);
  });
  cipher.setAAD(Buffer.concat(additional));
  const data = Buffer.concat([cipher.update(plaintext, 'utf8'), cipher.final()]);
  const text = (part: Buffer) => part.toString('base64');
  const [tag, keyId] = [cipher.getAuthTag(), ring.currentId];
  return { v: 1, keyId, nonce: text(nonce), tag: text(tag), data: text(data) };
}
