import { textHash } from './content-hash.ts';

/** Identifies a key by its canonical parts, which can't run into each other. */
export function naturalKeyHash(kind: string, ...parts: readonly string[]): string {
  return textHash(JSON.stringify([kind, ...parts]));
}
