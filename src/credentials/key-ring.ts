import { Buffer } from 'node:buffer';
import { createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';
import type { Secret } from '../config/secret.ts';

const KEY_BYTES = 32;
const ID_BYTES = 8;
const SEALING_LABEL = 'zena-crm-sync/credentials/v1';
const ID_LABEL = 'zena-crm-sync/key-id/v1';

/** The keys that seal and open credentials, known by ids that say nothing about them. */
export interface KeyRing {
  /** The id of the key that seals: 16 hex digits, the same for the same key on every worker. */
  readonly currentId: string;
  /** Every id that can be opened, the current one first. */
  readonly ids: readonly string[];
  has(keyId: string): boolean;
  /** The sealing key of an id, or null when this ring doesn't hold it. */
  sealingKey(keyId: string): KeyObject | null;
}

export type KeyRingResult =
  | { readonly ok: true; readonly ring: KeyRing }
  | { readonly ok: false; readonly code: 'KEY_LENGTH' | 'DUPLICATE_KEY' };

/**
 * Derives the ring from the configured keys (HKDF-SHA-256), so that a configured key itself encrypts nothing
 * and may serve other purposes under other labels.
 */
export function createKeyRing(keys: {
  readonly current: Secret<Uint8Array>;
  readonly retired: readonly Secret<Uint8Array>[];
}): KeyRingResult {
  const sealingKeys = new Map<string, KeyObject>();
  for (const key of [keys.current, ...keys.retired]) {
    const bytes = key.reveal();
    if (bytes.length !== KEY_BYTES) return { ok: false, code: 'KEY_LENGTH' };
    const keyId = Buffer.from(derive(bytes, ID_LABEL, ID_BYTES)).toString('hex');
    if (sealingKeys.has(keyId)) return { ok: false, code: 'DUPLICATE_KEY' };
    sealingKeys.set(keyId, createSecretKey(new Uint8Array(derive(bytes, SEALING_LABEL, KEY_BYTES))));
  }
  const ids = [...sealingKeys.keys()];
  return {
    ok: true,
    ring: {
      currentId: ids[0] ?? '',
      ids,
      has: (keyId) => sealingKeys.has(keyId),
      sealingKey: (keyId) => sealingKeys.get(keyId) ?? null,
    },
  };
}

function derive(key: Uint8Array, label: string, length: number): ArrayBuffer {
  return hkdfSync('sha256', key, new Uint8Array(), label, length);
}
