import { Buffer } from 'node:buffer';
import { decrypt, encrypt, KEY_BYTES, NONCE_BYTES, TAG_BYTES } from './aes-gcm.ts';
import { fromCanonicalBase64 } from './canonical-base64.ts';
import type { KeyContext, KeyService } from './key-service.ts';
import type { KeyRing } from './key-ring.ts';

const WRAPPED_BYTES = NONCE_BYTES + TAG_BYTES + KEY_BYTES;

/**
 * The keys of this process's configuration as a key service. Each wrapping has a random nonce and a plaintext of 32 random bytes, so the
 * 2^32 wrappings that one key allows are the bound of all sealings under it; `crm_sync_sealings_total` counts them.
 */
export function createLocalKeyService(ring: KeyRing): KeyService {
  return {
    currentKeyId: ring.currentId,
    keyIds: ring.ids,
    wrap(dataKey, context) {
      const keyId = ring.currentId;
      const key = ring.wrappingKey(keyId);
      if (key === null) throw new TypeError('The key ring lacks its own current key');
      const { nonce, tag, data } = encrypt(key, boundTo(context, keyId), dataKey);
      const wrapped = Buffer.concat([nonce, tag, data]).toString('base64');
      return Promise.resolve({ ok: true, key: { keyId, wrapped } });
    },
    unwrap({ keyId, wrapped }, context) {
      const key = ring.wrappingKey(keyId);
      if (key === null) return Promise.resolve({ ok: false, code: 'KEY_UNKNOWN' });
      const bytes = fromCanonicalBase64(wrapped);
      const dataKey =
        bytes?.length === WRAPPED_BYTES ? decrypt(key, boundTo(context, keyId), parts(bytes)) : null;
      return Promise.resolve(dataKey === null ? { ok: false, code: 'KEY_REFUSED' } : { ok: true, dataKey });
    },
  };
}

function boundTo({ purpose, userId, provider, connectionId }: KeyContext, keyId: string): string[] {
  return ['data-key/v2', purpose, userId, provider, connectionId, keyId];
}

function parts(bytes: Buffer) {
  return {
    nonce: bytes.subarray(0, NONCE_BYTES),
    tag: bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES),
    data: bytes.subarray(NONCE_BYTES + TAG_BYTES),
  };
}
