import { Buffer } from 'node:buffer';
import type { AuthConfig, EncryptionConfig } from './config.ts';
import type { SettingReader } from './setting-reader.ts';

/** Reads the sealing keys; a key that stands twice is a fault, since its second entry is surely a mistake. */
export function readEncryptionConfig(settings: SettingReader, required: boolean): EncryptionConfig {
  const current = settings.optional('ENCRYPTION_KEY');
  const retired = settings.optional('ENCRYPTION_KEYS_RETIRED') ?? [];
  if (required && !settings.isGiven('ENCRYPTION_KEY')) {
    settings.fault('ENCRYPTION_KEY', 'REQUIRED', 'is missing', 'Make one with: openssl rand -hex 32');
  }
  const keys = [...(current === null ? [] : [current]), ...retired];
  const distinct = new Set(keys.map((key) => Buffer.from(key.reveal()).toString('hex')));
  if (distinct.size < keys.length) {
    settings.fault(
      'ENCRYPTION_KEYS_RETIRED',
      'CONFLICT',
      'repeats a key',
      'List each older key once, and never the present one.',
    );
  }
  return { current, retired };
}

/** Reads how tokens are verified; both ways at once are a fault, neither is one when `required`. */
export function readAuthConfig(settings: SettingReader, required: boolean): AuthConfig | null {
  const secret = settings.optional('JWT_SECRET');
  const url = settings.optional('JWT_JWKS_URL');
  const claims = { issuer: settings.optional('JWT_ISSUER'), audience: settings.optional('JWT_AUDIENCE') };
  const hasSecret = settings.isGiven('JWT_SECRET');
  const hasUrl = settings.isGiven('JWT_JWKS_URL');
  if (hasSecret && hasUrl) {
    settings.fault(
      'JWT_SECRET',
      'CONFLICT',
      'and JWT_JWKS_URL are both set',
      'Keep one: tokens are signed in one way.',
    );
  }
  if (required && !hasSecret && !hasUrl) {
    settings.fault(
      'JWT_SECRET',
      'REQUIRED',
      'and JWT_JWKS_URL are both missing',
      'Set JWT_SECRET (openssl rand -base64 48) or JWT_JWKS_URL.',
    );
  }
  if (secret !== null) return { kind: 'hmac', secret, ...claims };
  return url === null ? null : { kind: 'jwks', url, ...claims };
}
