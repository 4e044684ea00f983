import { createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { Buffer } from 'node:buffer';
import type { SealedV2 } from './sealed-value.ts';
import type { Sealer, SealResult } from './sealing.ts';

const PURPOSE = 'fingerprint-key';
const CONTEXT = { userId: '', provider: '', connectionId: '' };
const KEY_BYTES = 32;
const TAG_BYTES = 4;
const MAC_HEX = 32;

/** Tells equal secrets from different ones without telling anything of them to who lacks the key. */
export interface Fingerprints {
  of(this: void, secret: string): string;
  /** Whether a text ends in a fingerprint. */
  isIn(this: void, text: string): boolean;
  /** Whether a text ends in a fingerprint of another key than this: made anew, it would differ. */
  isOfAnotherKey(this: void, text: string): boolean;
}

type KeptKey = Omit<SealedV2, 'v' | 'wrapped'> & { readonly v: number; readonly wrapped?: string };

/** The store's part: the sealed key, one for all processes. */
export interface FingerprintKeyStore {
  readFingerprintKey(): Promise<KeptKey | null>;
  /** Writes it unless one is there, and answers the one that stands. */
  writeFingerprintKeyIfAbsent(sealed: SealedV2): Promise<unknown>;
  /** Writes it over one that stands as given; false when it does not any more. */
  replaceFingerprintKey(sealed: SealedV2, former: KeptKey): Promise<boolean>;
}

export type OpenedFingerprints =
  | { readonly ok: true; readonly fingerprints: Fingerprints }
  /** `KEY_MISSING`: the key is sealed under one that is not here. */
  | { readonly ok: false; readonly code: 'KEY_MISSING' | 'KEYS_UNAVAILABLE' | 'FINGERPRINT_KEY_DAMAGED' };

/**
 * The fingerprints of this store, whose random key is made at the first start and sealed as credentials are. So they stay the same when
 * the encryption key changes, and are equal in every process, whichever of two keys is its current one.
 *
 * @param replaceLost makes a new key where the one that is there is sealed under a key that is lost: all fingerprints differ then
 */
export async function openFingerprints(
  sealer: Sealer,
  store: FingerprintKeyStore,
  { replaceLost }: { readonly replaceLost: boolean },
): Promise<OpenedFingerprints> {
  const stored = await store.readFingerprintKey();
  const opened = stored === null ? null : await sealer.open(PURPOSE, CONTEXT, stored);
  if (opened?.ok === true) return { ok: true, fingerprints: fingerprintsUnder(opened.plaintext) };
  if (opened?.code === 'KEYS_UNAVAILABLE') return { ok: false, code: 'KEYS_UNAVAILABLE' };
  const lost = opened?.code === 'KEY_UNKNOWN';
  if (lost && !replaceLost) return { ok: false, code: 'KEY_MISSING' };
  if (opened !== null && !lost) return { ok: false, code: 'FINGERPRINT_KEY_DAMAGED' };
  const key = randomBytes(KEY_BYTES);
  const made = await sealer.seal(PURPOSE, CONTEXT, key);
  key.fill(0);
  if (!made.ok) return made;
  if (stored === null) await store.writeFingerprintKeyIfAbsent(made.sealed);
  else await store.replaceFingerprintKey(made.sealed, stored);
  // Read again: another process may have been first.
  return openFingerprints(sealer, store, { replaceLost: false });
}

/** The same key, sealed anew under the current encryption key. */
export async function resealFingerprintKey(
  sealer: Sealer,
  sealed: unknown,
): Promise<SealResult | { readonly ok: false; readonly code: string }> {
  const opened = await sealer.open(PURPOSE, CONTEXT, sealed);
  if (!opened.ok) return opened;
  try {
    return await sealer.seal(PURPOSE, CONTEXT, opened.plaintext);
  } finally {
    opened.plaintext.fill(0);
  }
}

/** Overwrites `key`, which is the caller's no more. */
export function fingerprintsUnder(key: Buffer): Fingerprints {
  const derive = (label: string, length: number): Buffer =>
    Buffer.from(hkdfSync('sha256', key, new Uint8Array(), `zena-crm-sync/${label}/v1`, length));
  const tag = derive('fingerprint-key-id', TAG_BYTES).toString('hex');
  const mac = derive('fingerprints', KEY_BYTES);
  key.fill(0);
  return {
    of: (secret) => `fp:${tag}:${createHmac('sha256', mac).update(secret).digest('hex').slice(0, MAC_HEX)}`,
    isIn: (text) => FINGERPRINT.test(text),
    isOfAnotherKey(text) {
      const found = FINGERPRINT.exec(text)?.[1];
      return found !== undefined && found !== tag;
    },
  };
}

const FINGERPRINT = /(?:^| )fp:([0-9a-f]{8}):[0-9a-f]{32}$/;
