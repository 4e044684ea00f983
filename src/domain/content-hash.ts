import { hash } from 'node:crypto';
import { canonicalJson, type Json } from './json.ts';

/** SHA-256 of a JSON value's canonical text, 32 hex digits: equal contents, equal hash. */
export function contentHash(value: Json): string {
  return textHash(canonicalJson(value));
}

/** SHA-256 of a text, cut to 32 hex digits (128 bits: no collision by chance among any number of records). */
export function textHash(text: string): string {
  return hash('sha256', text, 'hex').slice(0, 32);
}

/** Identifies a natural key by its canonical parts, which can't run into each other. */
export function naturalKeyHash(kind: string, ...parts: readonly string[]): string {
  return textHash(JSON.stringify([kind, ...parts]));
}
