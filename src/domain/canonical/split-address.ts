import { streetEnd } from './address-commas.ts';
import { GLUED_PART, isPartName, partAt } from './address-parts.ts';
import { placeEnd, type PlaceEnd } from './address-places.ts';
import { foldText } from './fold-text.ts';
import { cleanAddress, compareAddress } from './street-address.ts';
import { isDirection, isShortDirection, isStreetType, isUsualType } from './street-words.ts';

/** An address in its parts, each as it was written; what it doesn't tell is null. */
export interface SplitAddress {
  /** `3`; of what is called otherwise with its name: `Floor 3`. */
  readonly level: string | null;
  /** `5`; `Shop 5`. */
  readonly unitNumber: string | null;
  readonly lotNumber: string | null;
  readonly streetNumber: string | null;
  readonly street: string;
  /** Suburb, town or city. */
  readonly suburb: string | null;
  /** Its code: `NSW`. */
  readonly state: string | null;
  readonly postcode: string | null;
  /** `AU`, `NZ`, `US` or `CA`, where the address tells. */
  readonly country: string | null;
  /** Other ways in which street and suburb may be meant, the likelier first: `High St North, Perth` and `High St, North Perth`. */
  readonly others: readonly StreetAndSuburb[];
}

export interface StreetAndSuburb {
  readonly street: string;
  readonly suburb: string;
}

const LONGEST = 300;
const MOST_PLACE_WORDS = 7;
const MOST_TOWNS = 2;

/** A word as it was written, and as it is compared. */
interface Word {
  readonly text: string;
  readonly plain: string;
  /** Whether a comma stands behind it. */
  readonly ends: boolean;
}

/**
 * The parts of an address of one line, as people of Australia, New Zealand, the United States and Canada write one. Null where it can't be told what is
 * what: never a guess, and put together again it is the same address.
 */
export function splitAddress(address: string): SplitAddress | null {
  const line = cleanAddress(address);
  if (line.length > LONGEST) return null;
  const words = wordsOf(line);
  const end = placeEnd(words.map(({ plain }) => plain));
  // A court ends as Connecticut does.
  const isBare = end.state !== null && end.postcode.length === 0 && end.length === words.length - 1;
  const bare: PlaceEnd = { length: words.length, state: null, postcode: [], country: null };
  return splitAt({ line, words, end }) ?? (isBare ? splitAt({ line, words, end: bare }) : null);
}

interface Line {
  readonly line: string;
  readonly words: readonly Word[];
  readonly end: PlaceEnd;
}

function splitAt({ line, words, end }: Line): SplitAddress | null {
  const named = partsIn(words.slice(0, end.length));
  const read = named === null ? null : readStreet(named.rest, end.length < words.length);
  if (named === null || read === null) return null;
  if (read.unit !== null && named.unitNumber !== null) return null;
  const { readings, streetNumber } = read;
  const [first, ...others] = readings;
  if (first === undefined || !isStreet(first)) return null;
  const place = words.slice(end.length);
  const split: SplitAddress = {
    level: named.level,
    unitNumber: named.unitNumber ?? read.unit,
    lotNumber: named.lotNumber,
    streetNumber,
    street: first.street,
    suburb: first.suburb,
    ...placeNames(place, end),
    others: others.flatMap(({ street, suburb }) => (suburb === null ? [] : [{ street, suburb }])),
  };
  const again = [streetLine(split), first.places, textOf(place)].filter((part) => part !== '').join(', ');
  return compareAddress(again) === compareAddress(line) ? split : null;
}

/** Level, unit, number and street as people write them in one line: `Level 3, 5/14 Ocean Street`. */
export function streetLine(
  split: Pick<SplitAddress, 'level' | 'unitNumber' | 'lotNumber' | 'streetNumber' | 'street'>,
): string {
  const { level, unitNumber, lotNumber, streetNumber, street } = split;
  const isPlain = unitNumber !== null && isBare(unitNumber);
  const number = isPlain && streetNumber !== null ? `${unitNumber}/${streetNumber}` : streetNumber;
  const front = [
    level !== null && isBare(level) ? `Level ${level}` : level,
    unitNumber === null || (isPlain && streetNumber !== null)
      ? null
      : isPlain
        ? `Unit ${unitNumber}`
        : unitNumber,
    lotNumber === null ? null : `Lot ${lotNumber}`,
  ].filter((part) => part !== null);
  return [...front, [number, street].filter((part) => part !== null).join(' ')].join(', ');
}

function isBare(id: string): boolean {
  return !id.includes(' ');
}

function wordsOf(line: string): Word[] {
  const even = line
    .replace(/[;|\n\r]+/gu, ', ')
    .replace(/(?<=\p{N}\p{L}?)\s*[-\u2010-\u2015]\s*(?=\p{N})/gu, '-')
    .replace(/\s[-\u2010-\u2015]\s/gu, ', ')
    .replace(/(?<=\p{N}\p{L}?|(?<![\p{L}\p{N}])\p{L})\s*\/\s*(?=\p{N})/gu, '/')
    .replace(/#/gu, ' # ')
    .replace(/^\s*№/u, '')
    .replace(/^\s*(?:no|nr|number)\b\.?\s*(?=\d)/iu, '');
  const words = even.match(/[^\s,]+|,/gu) ?? [];
  const out: Word[] = [];
  words.forEach((text) => {
    const last = out.at(-1);
    if (text === ',') {
      if (last !== undefined) out[out.length - 1] = { ...last, ends: true };
      return;
    }
    const plain = plainWord(text);
    const glued = GLUED_PART.exec(plain);
    const named = glued?.[1]?.length ?? 0;
    const pieces = named === 0 ? [text] : [text.slice(0, named), text.slice(named)];
    for (const piece of pieces) {
      if (plainWord(piece) !== '') out.push({ text: piece, plain: plainWord(piece), ends: false });
    }
  });
  return out;
}

function plainWord(text: string): string {
  return foldText(text).replace(/[.']/gu, '');
}

interface NamedParts {
  readonly level: string | null;
  readonly unitNumber: string | null;
  readonly lotNumber: string | null;
  readonly rest: readonly Word[];
}

const LEVELS: ReadonlySet<string> = new Set(['level', 'floor']);
const NUMBER_ALONE: ReadonlySet<string> = new Set(['unit', 'level', 'lot']);

/** What is named of a building or of land, wherever it stands; two of one sort can't be told apart. */
function partsIn(words: readonly Word[]): NamedParts | null {
  const found = new Map<'level' | 'unit' | 'lot', string>();
  const rest: Word[] = [];
  for (let index = 0; index < words.length;) {
    const before = words[index - 1];
    const plain = [...(before === undefined ? [] : [before.ends ? `${before.plain},` : before.plain])];
    const at = plain.length;
    const part = partAt([...plain, ...words.slice(index).map(countedWord)], at);
    const word = words[index];
    if (part === null || word === undefined) {
      if (word !== undefined) rest.push(word);
      index += 1;
      continue;
    }
    const last = words[index + part.length - 1];
    const id = idOf(part.id, last?.text.slice(0, part.id.length) ?? '');
    const sort = LEVELS.has(part.name) ? 'level' : part.name === 'lot' ? 'lot' : 'unit';
    if (found.has(sort)) return null;
    found.set(sort, NUMBER_ALONE.has(part.name) ? id : `${nameOf(part.name, word)} ${id}`);
    if (part.left !== null && last !== undefined)
      rest.push({ text: last.text.slice(-part.left.length), plain: part.left, ends: last.ends });
    else if (last?.ends === true && rest.length > 0)
      rest[rest.length - 1] = { ...(rest.at(-1) as Word), ends: true };
    index += part.length;
  }
  return {
    level: found.get('level') ?? null,
    unitNumber: found.get('unit') ?? null,
    lotNumber: found.get('lot') ?? null,
    rest,
  };
}

/** `#5` is some unit, `Apt #5` says it twice. */
function countedWord({ plain }: Word, index: number, words: readonly Word[]): string {
  return plain === '#' && !isPartName(words[index - 1]?.plain) ? 'unit' : plain;
}

/** As it was written, where it stands there so: of `3rd Floor` the number alone. */
function idOf(id: string, written: string): string {
  return plainWord(written) === id ? written : id;
}

/** `Shop`, `Ste`; of `3rd Floor` and its like the name alone. */
function nameOf(name: string, { text, plain }: Word): string {
  return isPartName(plain) ? text : name.charAt(0).toUpperCase() + name.slice(1);
}

interface ReadStreet {
  readonly streetNumber: string | null;
  readonly unit: string | null;
  readonly readings: readonly Reading[];
}

interface Reading {
  readonly street: string;
  readonly suburb: string | null;
  /** All that stands behind the street. */
  readonly places: string;
}

const HOUSE = /^[a-z]?\d+[a-z]?½?(?:-\d+[a-z]?)?$/u;
const UNIT_AND_HOUSE = /^([a-z]{0,2}\d+[a-z]?|[a-z])\/([a-z]?\d+[a-z]?½?(?:-\d+[a-z]?)?)$/u;

function readStreet(words: readonly Word[], hasPlace: boolean): ReadStreet | null {
  const [first, second, third] = words;
  if (first === undefined) return null;
  const both = UNIT_AND_HOUSE.exec(first.plain);
  const isHouse = HOUSE.test(first.plain);
  if (both === null && !isHouse) return withoutNumber(words, hasPlace);
  const unit = both === null ? null : first.text.slice(0, (both[1] ?? '').length);
  const number = both === null ? first.text : first.text.slice((both[1] ?? '').length + 1);
  // `12 A High Street` is 12A; a lone letter before a street's type is the street's name.
  const joins =
    second !== undefined &&
    third !== undefined &&
    /\d$/u.test(number) &&
    /^[a-z]$/u.test(second.plain) &&
    !isShortDirection(second.plain) &&
    !isStreetType(third.plain) &&
    !isShortDirection(third.plain);
  const rest = words.slice(joins ? 2 : 1);
  const readings = readingsOf(rest, hasPlace);
  return readings.length === 0
    ? null
    : { streetNumber: joins ? number + second.text : number, unit, readings };
}

/** A street alone is told by its usual type. */
function withoutNumber(words: readonly Word[], hasPlace: boolean): ReadStreet | null {
  const at = streetEnd(words.map(({ plain }) => plain));
  if (at === null || !isUsualType(words[at]?.plain ?? '') || words.some(({ plain }) => /\d/u.test(plain)))
    return null;
  const readings = readingsOf(words, hasPlace);
  return readings.length === 0 ? null : { streetNumber: null, unit: null, readings };
}

/** Where the street ends and the suburb begins: at the comma, or behind the street's type. */
function readingsOf(words: readonly Word[], hasPlace: boolean): readonly Reading[] {
  if (words.length === 0 || isNoStreet(words)) return [];
  const rural = ruralAt(words);
  if (rural !== null) return byRural(words, rural);
  const comma = words.findIndex(({ ends }, index) => ends && index < words.length - 1);
  const type = typeAt(words);
  if (comma >= 0) return byComma(words, comma, type);
  return type === null ? [] : byType(words, type, hasPlace);
}

/** A box, a corner of two streets. */
function isNoStreet(words: readonly Word[]): boolean {
  return words.some(
    ({ plain }, index) =>
      /^(?:pobox|gpo|cnr|corner|&|and|c\/o|rmb)$/u.test(plain) ||
      (/^box$/u.test(plain) &&
        /^(?:po|p|o|\D*\d.*)$/u.test(words[index - 1]?.plain ?? words[index + 1]?.plain ?? '')),
  );
}

/** `RD 2`: how rural mail is delivered in New Zealand. It is kept with the street. */
function ruralAt(words: readonly Word[]): { readonly from: number; readonly to: number } | null {
  const from = words.findIndex(
    ({ plain }, index) =>
      index > 1 &&
      (/^rd\d{1,2}$/u.test(plain) || (plain === 'rd' && /^\d{1,2}$/u.test(words[index + 1]?.plain ?? ''))),
  );
  if (from === -1) return null;
  return { from, to: from + (words[from]?.plain === 'rd' ? 2 : 1) };
}

function byRural(
  words: readonly Word[],
  { from, to }: { readonly from: number; readonly to: number },
): readonly Reading[] {
  const [street, suburb] = [words.slice(0, from), words.slice(to)];
  const last = typeAt(street);
  const isWhole = last !== null && street.slice(last + 1).every(isEnding);
  if (!isWhole || !isSuburb(suburb)) return [];
  return withTowns(`${textOf(street)}, ${textOf(words.slice(from, to))}`, suburb);
}

function byComma(words: readonly Word[], comma: number, type: number | null): readonly Reading[] {
  const isUsual = type !== null && isUsualType(words[type]?.plain ?? '');
  // A name of a house, or of who lives there, stands before it.
  if (isUsual && type > comma) return [];
  const between = isUsual ? words.slice(type + 1, comma + 1) : [];
  const end = (isUsual && !between.every(isEnding) ? type : comma) + 1;
  const places = words.slice(end);
  return isSuburb(places) ? withTowns(textOf(words.slice(0, end)), places) : [];
}

/** `Mt Eden, Auckland`: the suburb, then the town that it is in, which may be what is asked for. */
function withTowns(street: string, behind: readonly Word[]): readonly Reading[] {
  const names: Word[][] = [];
  behind.forEach((word, index) => {
    if (index === 0 || behind[index - 1]?.ends === true) names.push([]);
    names.at(-1)?.push(word);
  });
  const places = names.map(textOf).join(', ');
  if (names.length === 0) return [{ street, suburb: null, places }];
  return names.length > MOST_TOWNS ? [] : names.map((name) => ({ street, suburb: textOf(name), places }));
}

function byType(words: readonly Word[], type: number, hasPlace: boolean): readonly Reading[] {
  const behind = words.slice(type + 1);
  const isUsual = isUsualType(words[type]?.plain ?? '');
  // What stands right before a state may be a town that is called like a street: Byron Bay.
  if (behind.length === 0 && !isUsual && hasPlace) return [];
  if (behind.every(isEnding)) return [{ street: textOf(words), suburb: null, places: '' }];
  if (!isSuburb(behind)) return [];
  const [next] = behind;
  const isEither = next !== undefined && (mayBeEither(next) || (!isUsual && isStreetType(next.plain)));
  // Between the four stands no place's name: `Pennsylvania Ave NW Washington`.
  const isFixed = next !== undefined && isShortDirection(next.plain) && !isDirection(next.plain);
  const ends = isFixed ? [type + 1] : isEither ? [type, type + 1] : [type];
  return ends.flatMap((end) => {
    const [street, suburb] = [textOf(words.slice(0, end + 1)), textOf(words.slice(end + 1))];
    return suburb === '' ? [] : [{ street, suburb, places: suburb }];
  });
}

function mayBeEither({ plain }: Word): boolean {
  return isDirection(plain) || /^(?:upper|lower|extension|ext|central)$/u.test(plain);
}

/** Of the words of a street without its number, the one that says what kind it is. */
function typeAt(words: readonly Word[]): number | null {
  const at = streetEnd(['1', ...words.map(({ plain }) => plain)]);
  return at === null ? null : at - 1;
}

/** What may stand behind a street's type and still be the street's name. */
function isEnding({ plain }: Word): boolean {
  return isShortDirection(plain) || mayBeEither({ text: '', plain, ends: false });
}

function isSuburb(words: readonly Word[]): boolean {
  const isName = ({ plain }: Word): boolean => !/[\d#/&]/u.test(plain) && !isUnit(plain);
  return words.length <= MOST_PLACE_WORDS && words.every(isName);
}

/** What names a part without its number. */
function isUnit(plain: string): boolean {
  return /^(?:unit|unt|apartment|apt|suite|ste|lot|level)$/u.test(plain);
}

/** A name, not a number or a kind of street alone. */
function isStreet({ street }: Reading): boolean {
  return /\p{L}/u.test(street) && !isUsualType(plainWord(street));
}

function textOf(words: readonly Word[]): string {
  return words.map(({ text }) => text).join(' ');
}

function placeNames(
  words: readonly Word[],
  { state, postcode, country }: PlaceEnd,
): Pick<SplitAddress, 'state' | 'postcode' | 'country'> {
  const [first = ''] = postcode;
  // With what a ZIP code has behind its hyphen.
  const written = words.find(({ plain }) => first !== '' && plain.startsWith(first))?.text ?? null;
  return {
    state: state?.toUpperCase() ?? null,
    postcode: (postcode.length > 1 ? postcode.join(' ').toUpperCase() : written) || null,
    country: country?.toUpperCase() ?? null,
  };
}
