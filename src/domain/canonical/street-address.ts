import { bareWord, tidyCommas } from './address-commas.ts';
import { tidyParts } from './address-parts.ts';
import { tidyPlace } from './address-places.ts';
import { foldText, settled, withoutDiacritics } from './fold-text.ts';
import { visibleText, withoutMarks } from './invisible-marks.ts';
import { tidyNumberedRoads } from './numbered-roads.ts';
import {
  directionWord,
  isShortDirection,
  isStreetType,
  ordinalsInFigures,
  streetWord,
} from './street-words.ts';

/** Longer than any address; what is longer is compared as folded text. */
const LONGEST = 1_000;

/** An address as it is sent: without invisible marks and blanks around it, otherwise as written. */
export function cleanAddress(address: string): string {
  return visibleText(address).trim();
}

/** As it is sent, without accents: how a CRM may hold it that keeps none. */
export function unaccentedAddress(address: string): string {
  return withoutDiacritics(withoutMarks(cleanAddress(address)));
}

/**
 * An address for comparing, as people of Australia, New Zealand, the United States and Canada write one: `Unit 5, 14 Ocean Street` and
 * `U5/14 Ocean St` are `5/14 ocean st`. What may be another place stays another: `5-14`, `514`, `Level 5, 14`. Never what is sent.
 */
export function compareAddress(address: string): string {
  return compared(address, tidied);
}

/** The same by the rules of before: all commas were taken out, and countries and numbered roads stood as they were written. */
export function earlierAddress(address: string): string {
  return compared(address, tidiedBefore);
}

function compared(address: string, rule: (text: string) => string): string {
  const text = foldText(address);
  if (text.length > LONGEST) return text.replace(/\s+/gu, ' ').trim();
  return settled(text, (known) => foldText(rule(known)));
}

function tidied(text: string): string {
  const words = tidyCommas(tidyNumberedRoads(wordsOf(text)));
  const named = tidyParts(joinSuffix(ordinalsInFigures(tidyRoutes(words))));
  const { name, end } = tidyPlace(named.join(' ').split(' '), 'drop');
  // A comma tells nothing where no place follows it.
  const told = name.map((word, index) => (isWord(name[index + 1]) ? word : bareWord(word)));
  return shortWords([...told, ...end]);
}

function tidiedBefore(text: string): string {
  const words = wordsOf(text).filter((word) => word !== ',');
  const named = tidyParts(joinSuffix(ordinalsInFigures(tidyRoutes(words))));
  const { name, end } = tidyPlace(named.join(' ').split(' '), 'keep');
  return shortWords([...name, ...end]);
}

function isWord(word: string | undefined): boolean {
  return word !== undefined && !/\d/.test(word);
}

function shortWords(placed: readonly string[]): string {
  return placed
    .map((word, index) =>
      word.endsWith(',') ? `${shortWord(bareWord(word), undefined)},` : shortWord(word, placed[index + 1]),
    )
    .join(' ')
    .trim();
}

function shortWord(word: string, following: string | undefined): string {
  const next = following === undefined ? undefined : bareWord(following);
  // A saint has a name; `st` is both, and so are two that only differ in where it stands.
  if (word === 'saint') return next === undefined || isStreetType(next) ? word : 'st';
  // Before a small number the short form is rural delivery.
  if (word === 'road' && next !== undefined && /^\d{1,2}$/.test(next)) return word;
  return directionWord(streetWord(word), next);
}

/** Fractions of a house number, by how they are written in one character. */
const FRACTIONS: Readonly<Record<string, string>> = {
  '1/2': '½',
  '1/4': '¼',
  '3/4': '¾',
  '1/3': '⅓',
  '2/3': '⅔',
};
const HALF_HOUSE = /^(\s*\d+[a-z]?)\s+(1[/⁄][234]|[23][/⁄][34])(?=\s+\p{L})/u;

/** What is between words goes, what is between numbers stays: `5-14`, `5/14` and `5.14` are three. */
function wordsOf(text: string): string[] {
  return text
    .replace(/(?<!\p{N}\p{L}?)\s-\s|\s-\s(?!\p{N})/gu, ' , ')
    .replace(/(?<![\p{L}\p{N}])o'\s+(?=\p{L})/gu, 'o')
    .replace(/'/g, '')
    .replace(
      HALF_HOUSE,
      (_, house: string, part: string) => house + (FRACTIONS[part.replace('⁄', '/')] ?? ` ${part}`),
    )
    .replace(/(?<=\d[a-z]?)\s+(?=[¼½¾⅐-⅞])/gu, '')
    .replace(/(?<![\p{L}\p{N}])(?:\p{L}\.){1,}\p{L}?\.?(?![\p{L}\p{N}])/gu, (initials) =>
      initials.replaceAll('.', ''),
    )
    .replace(/(?<=\p{N}\p{L}?)\s*-\s*(?=\p{N})/gu, '-')
    .replace(/(?<=\p{N}\p{L}?|(?<![\p{L}\p{N}])\p{L})\s*\/\s*(?=\p{N})/gu, '/')
    .replace(/(?<!\p{N}\p{L}?)-|-(?!\p{N})/gu, ' ')
    .replace(/(?<!\p{N}\p{L}?|(?<![\p{L}\p{N}])\p{L})\/|\/(?!\p{N}|\p{L}(?![\p{L}\p{N}]))/gu, ' ')
    .replace(/(?<!\p{N})\.|\.(?!\p{N})/gu, ' ')
    .replace(/[,;|\n\r]+/g, ' , ')
    .replace(/#/g, ' # ')
    .replace(/&/g, ' & ')
    .replace(/[^\p{L}\p{N}\p{M}⁄/.#&,-]+/gu, ' ')
    .trim()
    .split(/ +/);
}

const NUMBER = /^\d+[a-z]?$/;

/** Boxes, rural routes, and `No.` and `#` before numbers. */
function tidyRoutes(words: readonly string[]): string[] {
  const text = ` ${words.join(' ')} `
    .replace(/ (?:p o box|po box|pobox|post office box|p o b|pob) (?:no |number |# )?(?=\d)/g, ' po box ')
    .replace(/ (?:rural delivery|r d|rd) (?:no |number |# )?(\d{1,2}) /g, ' rd$1 ')
    .replace(/ (?:rural route|r r|rr|rfd) (?:no |number |# )?(\d{1,3}) /g, ' rr$1 ')
    .replace(/^ (?:no|nr|number) (?=\d)/, ' ');
  const out: string[] = [];
  const tokens = text.trim().split(' ');
  tokens.forEach((word, index) => {
    const before = out.at(-1);
    // `Apt #5` says it twice; `#5` alone says that it is some unit.
    if (word !== '#') out.push(word);
    else if (/^[a-z]?\d/.test(tokens[index + 1] ?? '') && before !== 'box') out.push('#');
  });
  return out.map((word, index) => (word === '#' && !isCounted(out[index - 1]) ? 'unit' : word));
}

const COUNTED =
  /^(?:unit|apartment|apt|flat|flt|u|suite|ste|shop|shp|level|lvl|floor|fl|flr|lot|block|blk|building|bldg|tower|villa|townhouse|studio|penthouse|ph|office|room|rm|factory|warehouse|kiosk|trailer|tenancy)$/;

function isCounted(word: string | undefined): boolean {
  return word !== undefined && COUNTED.test(word);
}

/** `12 A High Street` is 12A; a lone letter before a street's type is the street's name, and N, S, E, W are directions. */
function joinSuffix(words: readonly string[]): string[] {
  const [house = '', letter = '', next] = words;
  const joins =
    (NUMBER.test(house) || /^[a-z]?\d+\/\d+$/.test(house)) &&
    /\d$/.test(house) &&
    /^[a-z]$/.test(letter) &&
    !isShortDirection(letter) &&
    next !== undefined &&
    !isStreetType(next) &&
    !isShortDirection(next);
  return joins ? [house + letter, ...words.slice(2)] : [...words];
}
