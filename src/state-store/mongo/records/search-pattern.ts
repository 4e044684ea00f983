import { foldText } from '../../../domain/canonical/fold-text.ts';
import { FOLDED_MARK, searchQuery } from '../../../domain/canonical/search-text.ts';

/** Conditions of which one holds where a record's search text has what a person typed. */
export function holdsText(typed: string): { readonly search: { readonly $regex: string } }[] {
  const query = searchQuery(typed);
  // What an earlier version stored is in lower case and no more: each letter is looked for in all its forms, until the record changes.
  // It begins with the record's id, of which the former condition is enough.
  const unfolded = `^[^${FOLDED_MARK}][\\s\\S]*${anyForm(query)}`;
  return [{ search: { $regex: literal(query) } }, { search: { $regex: unfolded } }];
}

/** A regular expression that finds the text as it is written. */
function literal(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/#-]/g, '\\$&').replaceAll('\0', '\\x00');
}

/** What may stand between two letters, unseen or as an accent of the first; as the server's expressions take it, whoever's they are. */
const INVISIBLE = '[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\u0300-\u036f]*';

/** The blocks in which Latin and Greek letters with accents and wide forms stand. */
const BLOCKS: readonly (readonly [number, number])[] = [
  [0x00a0, 0x024f],
  [0x0370, 0x03ff],
  [0x1e00, 0x1fff],
  [0x2010, 0x2033],
  [0xfb00, 0xfb06],
  [0xff01, 0xff5e],
];

let formsOfText: ReadonlyMap<string, string> | null = null;

/** By what it is folded to: every other character that is folded to that. */
function forms(): ReadonlyMap<string, string> {
  if (formsOfText !== null) return formsOfText;
  const found = new Map<string, string>();
  for (const [from, to] of BLOCKS) {
    for (let code = from; code <= to; code += 1) {
      const letter = String.fromCharCode(code);
      const folded = foldText(letter);
      if (folded !== letter && folded.trim() !== '' && letter === letter.toLowerCase())
        found.set(folded, (found.get(folded) ?? '') + letter);
    }
  }
  formsOfText = found;
  return found;
}

function anyForm(query: string): string {
  const letters = [...query];
  const parts: string[] = [];
  for (let index = 0; index < letters.length;) {
    const [one = '', two = ''] = letters.slice(index, index + 2);
    const joined = two === '' ? undefined : forms().get(one + two);
    const single = formsOf(one);
    if (joined === undefined) parts.push(single);
    else parts.push(`(?:${single}${INVISIBLE}${formsOf(two)}|[${joined}])`);
    index += joined === undefined ? 1 : 2;
  }
  return parts.join(INVISIBLE);
}

function formsOf(letter: string): string {
  const others = forms().get(letter);
  return others === undefined ? literal(letter) : `(?:${literal(letter)}|[${others}])`;
}
