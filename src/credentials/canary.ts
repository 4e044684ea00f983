import { Buffer } from 'node:buffer';
import type { KeyRing } from './key-ring.ts';
import type { SealedValue } from './sealed-value.ts';
import { open, seal } from './sealing.ts';

const PURPOSE = 'canary/v1';
const CONTEXT = { userId: '', provider: '', connectionId: '' };
const CONTENT = 'zena-crm-sync';

/** The store's part: one sealed value that every worker must be able to open before it starts. */
export interface CanaryStore {
  /** What was written, or null when nothing ever was; throws when the store can't tell. */
  readCanary(): Promise<unknown>;
  /** Writes it unless one is there; the first of several writers wins. */
  writeCanaryIfAbsent(sealed: SealedValue): Promise<unknown>;
  /** Whether any credentials are sealed in this store. */
  hasSealedCredentials(): Promise<boolean>;
}

/** What a rotation needs beside it. */
export interface CanaryReplacer {
  /** Writes it over the one that is there. */
  replaceCanary(sealed: SealedValue): Promise<void>;
}

export type CanaryState =
  | { readonly state: 'absent' }
  /** `keyId` other than the ring's current one: opened by a retired key. */
  | { readonly state: 'opened'; readonly keyId: string }
  /** Sealed with a key that this ring lacks. */
  | { readonly state: 'wrong_key' }
  /** Its key is here, yet it doesn't open: someone changed it. */
  | { readonly state: 'damaged' };

export type CanaryCheck =
  | { readonly ok: true; readonly keyId: string; readonly written: boolean }
  | { readonly ok: false; readonly code: 'WRONG_KEY' | 'CANARY_DAMAGED' | 'CANARY_MISSING' };

/** Looks at the stored canary without changing anything. */
export async function inspectCanary(
  ring: KeyRing,
  store: Pick<CanaryStore, 'readCanary'>,
): Promise<CanaryState> {
  const stored = await store.readCanary();
  if (stored === null || stored === undefined) return { state: 'absent' };
  const opened = open(ring, PURPOSE, CONTEXT, stored);
  if (!opened.ok) return { state: opened.code === 'KEY_UNKNOWN' ? 'wrong_key' : 'damaged' };
  return { state: 'opened', keyId: (stored as SealedValue).keyId };
}

/**
 * Checks that this ring fits the store, writing the canary on the very first start. On any failure nothing is
 * changed: a start must stop there. `CANARY_MISSING`: credentials are sealed, but nothing tells with which key;
 * whoever knows that the key is right writes the canary with `resealCanary`.
 */
export async function checkCanary(ring: KeyRing, store: CanaryStore): Promise<CanaryCheck> {
  const before = await inspectCanary(ring, store);
  if (before.state === 'absent') {
    if (await store.hasSealedCredentials()) return { ok: false, code: 'CANARY_MISSING' };
    await store.writeCanaryIfAbsent(makeCanary(ring));
    // Read again: a worker with another key may have been first.
    return verdict(await inspectCanary(ring, store), true);
  }
  return verdict(before, false);
}

/** Seals the canary anew with the current key: the last step of a rotation, before the old key is dropped. */
export async function resealCanary(ring: KeyRing, store: CanaryReplacer): Promise<void> {
  await store.replaceCanary(makeCanary(ring));
}

function makeCanary(ring: KeyRing): SealedValue {
  return seal(ring, PURPOSE, CONTEXT, Buffer.from(CONTENT, 'utf8'));
}

function verdict(found: CanaryState, written: boolean): CanaryCheck {
  if (found.state === 'opened') return { ok: true, keyId: found.keyId, written };
  // Still absent after the write: the store lost it, and a start on such a store proves nothing.
  return { ok: false, code: found.state === 'wrong_key' ? 'WRONG_KEY' : 'CANARY_DAMAGED' };
}
