import { createHmac, createSign, generateKeyPairSync, type KeyObject } from 'node:crypto';

type Json = Readonly<Record<string, unknown>>;

/** Encodes any text or value as a part of a token. */
export const part = (value: unknown): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

/** A token with a shared secret, of any header and claims, which may be texts that JSON would not write. */
export function signHmac(
  key: string | Buffer,
  header: Json | string,
  claims: Json | string,
  digest = 'sha256',
): string {
  const signed = `${part(header)}.${part(claims)}`;
  return `${signed}.${createHmac(digest, key).update(signed).digest('base64url')}`;
}

/** The same with RS256. */
export function signRs256(key: KeyObject, header: Json | string, claims: Json | string): string {
  const signed = `${part(header)}.${part(claims)}`;
  return `${signed}.${createSign('sha256').update(signed).sign(key).toString('base64url')}`;
}

export const makeRsaKeys = () => generateKeyPairSync('rsa', { modulusLength: 2048 });
