import type { VaultSettings } from './vault-settings.ts';

const lower = (text: string): string => text.toLowerCase();
const folded = (text: string): string => lower(text.normalize('NFD').replace(/\p{M}+/gu, ''));

/** The loosest comparison: what any of the others takes for equal is equal here. */
export function looseKey(text: string): string {
  return lower(text.normalize('NFKD')).replace(/[^\p{L}\p{N}]+/gu, '');
}

/** How a key is compared, by each way that search has of taking two for equal. */
export const KEY_FORMS: Readonly<Record<VaultSettings['searchCase'], (text: string) => string>> = {
  exact: (text) => text,
  insensitive: lower,
  folding: folded,
  loose: looseKey,
};
