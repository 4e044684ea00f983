import { Buffer } from 'node:buffer';
import Type, { type TSchema } from 'typebox';
import { nullable } from './scalars.ts';

/** A page as it is answered. Cursors hold ids that say how we store things: they go out as opaque text. */
export function pageView<T, V>(
  page: { readonly items: readonly T[]; readonly nextCursor: string | null },
  view: (item: T) => V,
): { data: V[]; nextCursor: string | null } {
  const { nextCursor } = page;
  return {
    data: page.items.map(view),
    nextCursor: nextCursor === null ? null : Buffer.from(nextCursor, 'utf8').toString('base64url'),
  };
}

/** The schema of a list's answer. */
export function pageSchema<T extends TSchema>(item: T) {
  return Type.Object({ data: Type.Array(item), nextCursor: nullable(Type.String()) });
}
