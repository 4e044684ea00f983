import { Buffer } from 'node:buffer';
import type { SealedV2, SealedValue } from './sealed-value.ts';
import type { Sealer, SealResult } from './sealing.ts';

const PURPOSE = 'canary';
const CONTEXT = { userId: '', provider: '', connectionId: '' };
const CONTENT = 'zena-crm-sync';

/** The store's part: one sealed value that every worker must be able to open before it starts. */
export interface CanaryStore {
  /** What was written, or null when nothing ever was; throws when the store can't tell. */
  readCanary(): Promise<unknown>;
  /** Writes it unless one is there; the first of several writers wins. */
  writeCanaryIfAbsent(sealed: SealedV2): Promise<unknown>;
  /** Whether any credentials are sealed in this store. */
  hasSealedCredentials(): Promise<boolean>;
}

export type CanaryState =
  | { readonly state: 'absent' }
  /** `keyId` other than the current one: opened by a retired key. */
  | { readonly state: 'opened'; readonly keyId: string }
  /** Sealed with a key that is not here. */
  | { readonly state: 'wrong_key' }
  /** Its key is here, yet it doesn't open: someone changed it. */
  | { readonly state: 'damaged' }
  /** Its key's service can't be asked now. */
  | { readonly state: 'keys_unavailable' };

export type CanaryCheck =
  | { readonly ok: true; readonly keyId: string; readonly written: boolean }
  | {
      readonly ok: false;
      readonly code: 'WRONG_KEY' | 'CANARY_DAMAGED' | 'CANARY_MISSING' | 'KEYS_UNAVAILABLE';
    };

/** Looks at the stored canary without changing anything. */
export async function inspectCanary(
  sealer: Sealer,
  store: Pick<CanaryStore, 'readCanary'>,
): Promise<CanaryState> {
  const stored = await store.readCanary();
  if (stored === null || stored === undefined) return { state: 'absent' };
  const opened = await sealer.open(PURPOSE, CONTEXT, stored);
  if (opened.ok) return { state: 'opened', keyId: (stored as SealedValue).keyId };
  switch (opened.code) {
    case 'KEY_UNKNOWN':
      return { state: 'wrong_key' };
    case 'KEYS_UNAVAILABLE':
      return { state: 'keys_unavailable' };
    case 'MALFORMED':
    case 'TAMPERED':
      return { state: 'damaged' };
  }
}

/**
 * Checks that these keys fit the store, writing the canary on the very first start. On any failure nothing is
 * changed: a start must stop there. `CANARY_MISSING`: credentials are sealed, but nothing tells with which key.
 */
export async function checkCanary(sealer: Sealer, store: CanaryStore): Promise<CanaryCheck> {
  const before = await inspectCanary(sealer, store);
  if (before.state !== 'absent') return verdict(before, false);
  if (await store.hasSealedCredentials()) return { ok: false, code: 'CANARY_MISSING' };
  const made = await sealCanary(sealer);
  if (!made.ok) return made;
  await store.writeCanaryIfAbsent(made.sealed);
  // Read again: a worker with another key may have been first.
  return verdict(await inspectCanary(sealer, store), true);
}

/** A canary under the current key. Written over the old one it ends a rotation: after that the old key may go. */
export async function sealCanary(sealer: Sealer): Promise<SealResult> {
  return await sealer.seal(PURPOSE, CONTEXT, Buffer.from(CONTENT, 'utf8'));
}

function verdict(found: CanaryState, written: boolean): CanaryCheck {
  switch (found.state) {
    case 'opened':
      return { ok: true, keyId: found.keyId, written };
    case 'wrong_key':
      return { ok: false, code: 'WRONG_KEY' };
    case 'keys_unavailable':
      return { ok: false, code: 'KEYS_UNAVAILABLE' };
    // Still absent after the write: the store lost it, and a start on such a store proves nothing.
    case 'absent':
    case 'damaged':
      return { ok: false, code: 'CANARY_DAMAGED' };
  }
}
