import { Buffer } from 'node:buffer';
import { createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';
import type { Secret } from '../config/secret.ts';

const KEY_BYTES = 32;
const ID_BYTES = 8;
const SEALING_LABEL = 'zena-crm-sync/credentials/v1';
const WRAPPING_LABEL = 'zena-crm-sync/data-keys/v2';
const ID_LABEL = 'zena-crm-sync/key-id/v1';

/** The keys that seal and open credentials, known by ids that say nothing about them. */
export interface KeyRing {
  /** The id of the key that seals: 16 hex digits, the same for the same key on every worker. */
  readonly currentId: string;
  /** Every id that can be opened, the current one first. */
  readonly ids: readonly string[];
  /** What wraps the data keys of an id, or null when this ring doesn't hold it. */
  wrappingKey(keyId: string): KeyObject | null;
  /** What sealed values of the first form, without data keys; only opens. Null when this ring doesn't hold the id. */
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
  const held = new Map<string, { readonly sealing: KeyObject; readonly wrapping: KeyObject }>();
  for (const key of [keys.current, ...keys.retired]) {
    const bytes = key.reveal();
    if (bytes.length !== KEY_BYTES) return { ok: false, code: 'KEY_LENGTH' };
    const keyId = Buffer.from(derive(bytes, ID_LABEL, ID_BYTES)).toString('hex');
    if (held.has(keyId)) return { ok: false, code: 'DUPLICATE_KEY' };
    held.set(keyId, { sealing: keyOf(bytes, SEALING_LABEL), wrapping: keyOf(bytes, WRAPPING_LABEL) });
  }
  const ids = [...held.keys()];
  return {
    ok: true,
    ring: {
      currentId: ids[0] ?? '',
      ids,
      wrappingKey: (keyId) => held.get(keyId)?.wrapping ?? null,
      sealingKey: (keyId) => held.get(keyId)?.sealing ?? null,
    },
  };
}

function keyOf(key: Uint8Array, label: string): KeyObject {
  const derived = new Uint8Array(derive(key, label, KEY_BYTES));
  const made = createSecretKey(derived);
  derived.fill(0);
  return made;
}

function derive(key: Uint8Array, label: string, length: number): ArrayBuffer {
  return hkdfSync('sha256', key, new Uint8Array(), label, length);
}
