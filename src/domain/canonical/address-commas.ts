import { startsPart } from './address-parts.ts';
import { isNumberedRoad } from './numbered-roads.ts';
import { isDirection, isStreetType, isUsualType } from './street-words.ts';

/** What stands at the end of a street's name as well as at the start of a place's. */
const OF_EITHER: ReadonlySet<string> = new Set([
  ...[
    'upper',
    'lower',
    'upr',
    'lwr',
    'inner',
    'outer',
    'middle',
    'central',
    'new',
    'old',
    'great',
    'little',
    'big',
  ],
  ...[
    'mount',
    'mt',
    'mnt',
    'port',
    'fort',
    'ft',
    'cape',
    'lake',
    'saint',
    'st',
    'far',
    'extension',
    'ext',
    'glen',
  ],
  ...['the', 'la', 'le', 'el', 'los', 'las', 'san', 'santa', 'half', 'long', 'high', 'west', 'side'],
]);
/** French and Spanish write the type first: what follows it is the name. */
const TYPE_FIRST: ReadonlySet<string> = new Set(['rue', 'chemin', 'avenida', 'calle', 'via']);
const BEFORE_A_SAINT: ReadonlySet<string> = new Set([
  ...[
    'mount',
    'mt',
    'mnt',
    'fort',
    'ft',
    'port',
    'point',
    'pt',
    'lake',
    'old',
    'new',
    'upper',
    'lower',
    'rue',
  ],
]);
const MOST_WORDS = 3;

/**
 * Takes the commas out, but for one that says whether a word belongs to the street or to the place behind it: `High St North, Perth` and
 * `High St, North Perth` are two. Where none stands, the street ends with its type. The comma that stays hangs on the word before it.
 */
export function tidyCommas(tokens: readonly string[]): string[] {
  const words = tokens.filter((token) => token !== ',');
  const commas = new Set<number>();
  let before = 0;
  for (const token of tokens) {
    if (token !== ',') before += 1;
    else if (before > 0) commas.add(before - 1);
  }
  if (commas.size === 0) return words;
  const at = tellingComma(words, commas);
  return at === null ? words : words.with(at, `${words[at] ?? ''},`);
}

/** The word without a comma that hangs on it. */
export function bareWord(word: string): string {
  return word.endsWith(',') ? word.slice(0, -1) : word;
}

function tellingComma(words: readonly string[], commas: ReadonlySet<number>): number | null {
  const house = words.findIndex((word) => /\p{N}/u.test(word));
  const ends = streetEnd(words);
  if (ends === null) return untypedComma(words, commas, house);
  const inName = [...commas].find(
    (at) => house >= 0 && at > house && at < ends && isStreetType(words[at]) && isWord(words[at + 1]),
  );
  if (inName !== undefined) return inName;
  if (commas.has(ends)) return null;
  for (let at = ends + 1; at <= ends + MOST_WORDS && isOfEither(words[at]); at += 1) {
    if (commas.has(at) || startsPart(words, at + 1)) return at + 1 < words.length ? at : null;
  }
  return null;
}

/** Nothing says where the street ends: a comma beside such a word is the only sign. */
function untypedComma(words: readonly string[], commas: ReadonlySet<number>, house: number): number | null {
  const [at] = [...commas].filter((comma) => comma > house && isWord(words[comma + 1]));
  if (house < 0 || at === undefined || at < house + 1) return null;
  const tells = (at > house + 1 && isOfEither(words[at])) || isOfEither(words[at + 1]);
  return tells ? at : null;
}

/** Where the street's type stands, commas or none: the first usual one behind a name, else the first of any. */
export function streetEnd(words: readonly string[]): number | null {
  const numbered = words.findIndex((word, index) => isNumberedRoad(word, words[index - 1]));
  if (numbered >= 0) return numbered;
  const types = words.flatMap((_, index) => (index > 0 && isType(words, index) ? [index] : []));
  const named = types.filter((index) => isWord(words[index - 1]));
  const usual = named.find((index) => isUsualType(words[index] ?? '') || words[index] === 'st');
  const first = usual ?? named[0] ?? types.find((index) => !TYPE_FIRST.has(words[index] ?? ''));
  if (first === undefined) return null;
  let last = first;
  while (usual !== undefined && goesOn(words, last + 1)) last += 1;
  return last;
}

/** `Park Avenue Road`; but not `Beach Rd St Kilda`, nor rural delivery. */
function goesOn(words: readonly string[], index: number): boolean {
  const word = words[index] ?? '';
  return isUsualType(word) && word !== 'st' && isWord(words[index + 1] ?? 'end');
}

function isType(words: readonly string[], index: number): boolean {
  const word = words[index] ?? '';
  if (!isStreetType(word)) return false;
  if (word !== 'st') return true;
  const before = words[index - 1] ?? '';
  const isSaint = !isWord(before) || BEFORE_A_SAINT.has(before) || (isUsualType(before) && before !== 'st');
  return !(isSaint && words.some((other, at) => at > index + 1 && isUsualType(other)));
}

function isWord(word: string | undefined): boolean {
  return word !== undefined && word !== '#' && !/\p{N}/u.test(word);
}

function isOfEither(word: string | undefined): boolean {
  return word !== undefined && (OF_EITHER.has(word) || isDirection(word) || isStreetType(word));
}
