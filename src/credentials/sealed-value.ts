import type { Encrypted } from './aes-gcm.ts';
import { NONCE_BYTES, TAG_BYTES } from './aes-gcm.ts';
import { fromCanonicalBase64 } from './canonical-base64.ts';

/** The form that is written now. */
export const SEALED_VERSION = 2;

/**
 * A sealed value as the store keeps it; nonce, tag and data are standard base64. Of version 2, `data` is encrypted under a data key
 * that stands beside it, wrapped; of version 1, under the key itself.
 */
export type SealedValue = SealedV1 | SealedV2;

interface SealedV1 {
  readonly v: 1;
  readonly keyId: string;
  readonly nonce: string;
  readonly tag: string;
  readonly data: string;
}

export interface SealedV2 extends Omit<SealedV1, 'v'> {
  readonly v: 2;
  /** As the key service spells it. */
  readonly wrapped: string;
}

export type SealedParts = Encrypted & { readonly keyId: string } & (
    { readonly v: 1 } | { readonly v: 2; readonly wrapped: string }
  );

const LONGEST_WRAPPED = 8_192;

/** Puts the parts into the form of the store. */
export function toSealedValue(
  { keyId, wrapped }: { readonly keyId: string; readonly wrapped: string },
  { nonce, tag, data }: Encrypted,
): SealedV2 {
  const text = (part: Encrypted['data']) => part.toString('base64');
  return { v: SEALED_VERSION, keyId, wrapped, nonce: text(nonce), tag: text(tag), data: text(data) };
}

/** Takes apart what the store answered; null unless every part has its exact form and length. */
export function parseSealedValue(value: unknown): SealedParts | null {
  if (typeof value !== 'object' || value === null) return null;
  const { v, keyId, wrapped, ...rest }: { [K in keyof SealedV2]?: unknown } = value;
  const [nonce, tag, data] = [rest.nonce, rest.tag, rest.data].map(fromCanonicalBase64);
  if (typeof keyId !== 'string' || nonce?.length !== NONCE_BYTES || tag?.length !== TAG_BYTES || !data) {
    return null;
  }
  if (v === 1 && wrapped === undefined) return { v, keyId, nonce, tag, data };
  const isWrapped = typeof wrapped === 'string' && wrapped !== '' && wrapped.length <= LONGEST_WRAPPED;
  return v === 2 && isWrapped ? { v, keyId, wrapped, nonce, tag, data } : null;
}
