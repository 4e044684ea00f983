/** What a CRM may answer with, so that whoever reads it stands still. */
export interface LargeAnswer {
  readonly what: string;
  readonly body: string;
}

const MIB = 2 ** 20;
const fill = (piece: string, bytes: number) => piece.repeat(Math.ceil(bytes / piece.length));
const listOf = (item: string, bytes: number) => `[${fill(`${item},`, bytes)}${item}]`;
const numbered = (count: number, item: (at: number) => string) =>
  Array.from({ length: count }, (_, at) => item(at)).join(',');

/** Nothing of these is ever handed to the parser. */
export const NEVER_PARSED: readonly LargeAnswer[] = [
  { what: '5 MiB of numbers', body: listOf('1', 5 * MIB) },
  { what: '900 KiB of numbers', body: listOf('1', 900 * 1024) },
  { what: 'numbers that no number holds', body: listOf('12345678901234567890', 900 * 1024) },
  { what: 'numbers beyond all numbers', body: listOf('1e400', 900 * 1024) },
  { what: 'a hundred thousand members', body: `{${numbered(100_000, (at) => `"${at}":1`)}}` },
  { what: 'a million members', body: `{${numbered(1_000_000, (at) => `"k${at}":1`)}}` },
  { what: 'lists in lists', body: fill('[', 900 * 1024) },
  { what: 'objects in objects', body: fill('{"a":', 900 * 1024) },
  { what: 'empty objects', body: listOf('{}', 900 * 1024) },
  { what: '380,000 hits', body: `[${numbered(380_000, (at) => `{"id":${at}}`)}]` },
  { what: 'a text of 5 MiB', body: `{"id":"${fill('a', 5 * MIB)}"}` },
];

/** These are parsed, and don't become what they tempt to. */
export const PARSED: readonly LargeAnswer[] = [
  { what: 'a text of 1,000 KiB', body: `{"id":"${fill('a', 1_000 * 1024)}"}` },
  { what: 'a text of escapes', body: `{"id":"${fill('\\u005f', 1_000 * 1024)}"}` },
  { what: 'as many numbers as are read', body: `[${numbered(9_000, () => '1')}]` },
  { what: 'as many members as are read', body: `{${numbered(9_000, (at) => `"k${at}":1`)}}` },
  { what: 'members that would change prototypes', body: listOf('{"__proto__":{"a":1}}', 60 * 1024) },
];

/** Bodies without a type of their own: how they begin is looked at. */
export const STRANGE_STARTS: readonly LargeAnswer[] = [
  { what: 'comments without a page', body: fill('<!---->', MIB) },
  { what: 'blanks', body: fill(' \t', MIB) },
  { what: 'declarations', body: fill('<?xml ', MIB) },
  { what: 'comments that begin', body: fill('<!--', MIB) },
  { what: 'line ends and comments', body: fill('<!-- -->\n', MIB) },
];
