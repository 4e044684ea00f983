import type { Scope } from '../domain/connection.ts';

/** Bounds of the link ids of a scope: they begin with the scope and a slash, and `0` is what comes after a slash. */
export function scopeRange(scope: Scope): { readonly from: string; readonly to: string } {
  return { from: `${scope}/`, to: `${scope}0` };
}
