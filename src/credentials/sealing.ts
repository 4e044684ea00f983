import type { Buffer } from 'node:buffer';
import { randomBytes } from 'node:crypto';
import { decrypt, encrypt, KEY_BYTES } from './aes-gcm.ts';
import type { KeyRing } from './key-ring.ts';
import type { KeyContext, KeyService, SealingContext } from './key-service.ts';
import {
  parseSealedValue,
  SEALED_VERSION,
  type SealedParts,
  type SealedV2,
  toSealedValue,
} from './sealed-value.ts';

/**
 * Why a value didn't open: not a sealed value at all, sealed with a key that is not here, changed, moved or sealed for something else,
 * or nobody could be asked for its key.
 */
export type OpenFailure = 'MALFORMED' | 'KEY_UNKNOWN' | 'TAMPERED' | 'KEYS_UNAVAILABLE';

export type OpenResult =
  { readonly ok: true; readonly plaintext: Buffer } | { readonly ok: false; readonly code: OpenFailure };

export type SealResult =
  | { readonly ok: true; readonly sealed: SealedV2 }
  | { readonly ok: false; readonly code: 'KEYS_UNAVAILABLE' };

/** Seals bytes for one place in the store, each under a data key of its own, and opens them again. */
export interface Sealer {
  readonly keys: Pick<KeyService, 'currentKeyId' | 'keyIds'>;
  /** `purpose` names the kind of the content, so that one kind can't be passed off as another. */
  seal(purpose: string, context: SealingContext, plaintext: Uint8Array): Promise<SealResult>;
  /** The plaintext is the caller's, who overwrites it. */
  open(purpose: string, context: SealingContext, sealed: unknown): Promise<OpenResult>;
  /** Whether this is what `seal` would use now: newest form, current key. Says nothing about whether it opens. */
  isCurrent(sealed: { readonly v: number; readonly keyId: string }): boolean;
}

export interface SealerParts {
  readonly keys: KeyService;
  /** Opens what was sealed before there were data keys. */
  readonly ring: Pick<KeyRing, 'sealingKey'>;
  /** Told of every sealing, with the id of the key that wrapped its data key. */
  readonly onSealed?: (keyId: string) => void;
}

/** Makes the sealer over a key service. */
export function createSealer({ keys, ring, onSealed }: SealerParts): Sealer {
  return {
    keys,
    async seal(purpose, context, plaintext) {
      const dataKey = randomBytes(KEY_BYTES);
      try {
        const wrapping = await keys.wrap(dataKey, { ...context, purpose });
        if (!wrapping.ok) return wrapping;
        const { key } = wrapping;
        onSealed?.(key.keyId);
        return {
          ok: true,
          sealed: toSealedValue(key, encrypt(dataKey, boundTo({ ...context, purpose }, key), plaintext)),
        };
      } finally {
        dataKey.fill(0);
      }
    },
    async open(purpose, context, sealed) {
      const parts = parseSealedValue(sealed);
      if (parts === null) return { ok: false, code: 'MALFORMED' };
      const bound = { ...context, purpose };
      return parts.v === 1 ? openFirstForm(ring, bound, parts) : await openUnderDataKey(keys, bound, parts);
    },
    isCurrent: ({ v, keyId }) => v === SEALED_VERSION && keyId === keys.currentKeyId,
  };
}

async function openUnderDataKey(
  keys: KeyService,
  context: KeyContext,
  parts: Extract<SealedParts, { v: 2 }>,
): Promise<OpenResult> {
  const unwrapped = await keys.unwrap({ keyId: parts.keyId, wrapped: parts.wrapped }, context);
  if (!unwrapped.ok)
    return { ok: false, code: unwrapped.code === 'KEY_REFUSED' ? 'TAMPERED' : unwrapped.code };
  const { dataKey } = unwrapped;
  try {
    if (dataKey.length !== KEY_BYTES) return { ok: false, code: 'TAMPERED' };
    return authentic(decrypt(dataKey, boundTo(context, parts), parts));
  } finally {
    dataKey.fill(0);
  }
}

function openFirstForm(
  ring: Pick<KeyRing, 'sealingKey'>,
  { purpose, userId, provider, connectionId }: KeyContext,
  parts: SealedParts,
): OpenResult {
  const key = ring.sealingKey(parts.keyId);
  if (key === null) return { ok: false, code: 'KEY_UNKNOWN' };
  return authentic(decrypt(key, [`${purpose}/v1`, userId, provider, connectionId, parts.keyId], parts));
}

function authentic(plaintext: Buffer | null): OpenResult {
  return plaintext === null ? { ok: false, code: 'TAMPERED' } : { ok: true, plaintext };
}

/** Everything that a value may not be moved across, its own form and wrapped key included. */
function boundTo(
  { purpose, userId, provider, connectionId }: KeyContext,
  { keyId, wrapped }: { readonly keyId: string; readonly wrapped: string },
): string[] {
  return [`sealed/v${SEALED_VERSION}`, purpose, userId, provider, connectionId, keyId, wrapped];
}
