/** Ids that the change event's contract allows and that a careless store trips over. */
export const AWKWARD_IDS: readonly string[] = [
  'plain-1',
  '$set',
  '$where.a',
  'a.b.c',
  '.',
  '..',
  'a/b/../c',
  '/',
  'contact/1',
  '#',
  'a#b?c=d&e',
  '__proto__',
  'constructor',
  'toString',
  `'quote''s"`,
  '"; DROP TABLE links; --',
  '%_%',
  '*[a-z]*',
  '\\u0000\\',
  '{}',
  '-1',
  '0',
  '1e3',
  'null',
  'A',
  'a',
  '~'.repeat(256),
];

/** Ascending as the port means it: by code unit, whatever the machine's locale. */
export function ascending<T extends string>(ids: readonly T[]): T[] {
  return [...ids].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}
