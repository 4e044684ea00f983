import { Buffer } from 'node:buffer';

/** AES-256-GCM's nonce and tag, in bytes. A shorter tag is as good as none and is never accepted. */
export const NONCE_BYTES = 12;
export const TAG_BYTES = 16;

/** A sealed value as the store keeps it; nonce, tag and data are standard base64. */
export interface SealedValue {
  readonly v: 1;
  readonly keyId: string;
  readonly nonce: string;
  readonly tag: string;
  readonly data: string;
}

export interface SealedParts {
  readonly keyId: string;
  readonly nonce: Buffer;
  readonly tag: Buffer;
  readonly data: Buffer;
}

/** Puts the parts into the form of the store. */
export function toSealedValue({ keyId, nonce, tag, data }: SealedParts): SealedValue {
  const text = (part: Buffer) => part.toString('base64');
  return { v: 1, keyId, nonce: text(nonce), tag: text(tag), data: text(data) };
}

/** Takes apart what the store answered; null unless every part has its exact form and length. */
export function parseSealedValue(value: unknown): SealedParts | null {
  if (typeof value !== 'object' || value === null) return null;
  const { v, keyId, nonce, tag, data }: { [K in keyof SealedValue]?: unknown } = value;
  if (v !== 1 || typeof keyId !== 'string') return null;
  const parts = { nonce: decode(nonce), tag: decode(tag), data: decode(data) };
  if (parts.nonce?.length !== NONCE_BYTES || parts.tag?.length !== TAG_BYTES || !parts.data) return null;
  return { keyId, nonce: parts.nonce, tag: parts.tag, data: parts.data };
}

/** Only the canonical form passes, so that a sealed value has one spelling. */
function decode(text: unknown): Buffer | null {
  if (typeof text !== 'string') return null;
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : null;
}
