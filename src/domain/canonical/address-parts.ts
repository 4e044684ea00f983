import { isStreetType } from './street-words.ts';

/** What names a part of a building or of land, in all its forms. A short form that is also another word is taken with a number only. */
const DESIGNATORS: Readonly<Record<string, string>> = {
  unit: 'apartment apt apartement appartment flat flt unt u',
  suite: 'ste',
  shop: 'shp',
  level: 'lvl lev',
  floor: 'fl flr',
  lot: 'allotment',
  block: 'blk',
  building: 'bldg bdg bldng',
  tower: 'twr',
  villa: 'vlla',
  townhouse: 'tnhs twnhse twnhs tnhse',
  studio: 'stdo',
  penthouse: 'pths ph',
  office: 'ofc offc',
  room: 'rm',
  factory: 'fcty fctry',
  warehouse: 'whse wrhse',
  kiosk: 'ksk',
  duplex: 'dupl',
  trailer: 'trlr',
  tenancy: 'tncy',
  cottage: 'ctge cottg',
  bungalow: 'bngw bnglw',
};

const NAMES: ReadonlyMap<string, string> = new Map(
  Object.entries(DESIGNATORS).flatMap(([name, forms]) =>
    [name, ...forms.split(' ')].map((form): [string, string] => [form, name]),
  ),
);
const WITH_NUMBER_ONLY: ReadonlySet<string> = new Set([
  'ste',
  'fl',
  'ph',
  'lev',
  'rm',
  'flt',
  'u',
  'block',
  'tower',
  'villa',
]);

/** These name a part wherever they stand; behind a name the others end it: Ocean Tower, Garden Flat, Ground Floor. */
const PARTS_ANYWHERE: ReadonlySet<string> = new Set(['unit', 'unt', 'apartment', 'apt', 'suite', 'ste']);
const KINDS_OF_UNIT: ReadonlySet<string> = new Set([
  ...['basement', 'garden', 'granny', 'ground', 'upper', 'lower', 'top', 'rear', 'front', 'back', 'studio'],
]);

export const GLUED_PART = new RegExp(
  `^(${[...NAMES.keys()].filter((name) => name !== 'u').join('|')}|u)(\\d.*)$`,
);
const NUMBERED = /^[a-z]{0,2}\d+[a-z]?(?:-[a-z]?\d+[a-z]?)?$/;
const LETTER = /^[a-z]$/;
const ORDINAL = /^(\d+)(?:st|nd|rd|th)$/;
/** `5/14`, `A/14`, `5A/12-14`: a unit and the house that it is in. */
const UNIT_AND_HOUSE = /^([a-z]{0,2}\d+[a-z]?(?:-\d+[a-z]?)?|[a-z])\/([a-z]?\d+[a-z]?½?(?:-\d+[a-z]?)?)$/;
const HOUSE = /^\d+[\p{L}\p{No}]?(?:[-/.]\d+\p{L}?)*$/u;

/** Puts what names a part in front, in one form and one order: `14 Ocean St Apt 5` and `U5/14 Ocean St` are `5/14 ocean st`. */
export function tidyParts(words: readonly string[]): string[] {
  const split = words.flatMap((word) => {
    const glued = GLUED_PART.exec(word);
    return glued === null ? [word] : [glued[1] ?? '', glued[2] ?? ''];
  });
  const parts: { name: string; id: string }[] = [];
  const rest: string[] = [];
  for (let index = 0; index < split.length;) {
    const part = partAt(split, index);
    if (part === null) rest.push(split[index++] ?? '');
    else {
      parts.push({ name: part.name, id: part.id });
      if (part.left !== null) rest.push(part.left);
      index += part.length;
    }
  }
  return joined(parts, rest);
}

export interface FoundPart {
  readonly name: string;
  readonly id: string;
  /** The house of `Unit 5/14`. */
  readonly left: string | null;
  readonly length: number;
}

/** A part that is named here, with what identifies it: `Unit 5`, `3rd Floor`. */
export function partAt(words: readonly string[], index: number): FoundPart | null {
  const word = words[index] ?? '';
  const ordinal = ORDINAL.exec(word)?.[1];
  const storey = NAMES.get(words[index + 1] ?? '');
  if (ordinal !== undefined && (storey === 'floor' || storey === 'level')) {
    return { name: storey, id: ordinal, left: null, length: 2 };
  }
  const name = NAMES.get(word);
  if (name === undefined || !mayStandBehind(word, words[index - 1])) return null;
  const counted = ['no', 'number', '#'].includes(words[index + 1] ?? '') ? 1 : 0;
  const id = words[index + 1 + counted] ?? '';
  const length = 2 + counted;
  const both = UNIT_AND_HOUSE.exec(id);
  if (both !== null) return { name, id: both[1] ?? '', left: both[2] ?? null, length };
  const taken = NUMBERED.test(id) || (LETTER.test(id) && !WITH_NUMBER_ONLY.has(word));
  return taken ? { name, id, left: null, length } : null;
}

/** Whether a word names a part, whatever stands behind it. */
export function isPartName(word: string | undefined): boolean {
  return word !== undefined && NAMES.has(word);
}

/** Whether what names a part stands here: `Apt 5`, `#5`, `U5`. */
export function startsPart(words: readonly string[], index: number): boolean {
  const word = words[index] ?? '';
  return (
    word === '#' ||
    GLUED_PART.test(word) ||
    (NAMES.has(word) && /\d|^.$|^(?:no|number)$/.test(words[index + 1] ?? ''))
  );
}

function mayStandBehind(word: string, before: string | undefined): boolean {
  if (before === undefined || before.endsWith(',') || /\d/.test(before) || isStreetType(before)) return true;
  return LETTER.test(before) || (PARTS_ANYWHERE.has(word) && !KINDS_OF_UNIT.has(before));
}

function joined(parts: readonly { name: string; id: string }[], rest: readonly string[]): string[] {
  const others = parts.filter(({ name }) => name !== 'unit');
  const units = parts.filter(({ name }) => name === 'unit').map(({ id }) => id);
  const words = [...rest];
  const at = words.findIndex((word) => UNIT_AND_HOUSE.test(word));
  const inside = UNIT_AND_HOUSE.exec(words[at] ?? '');
  if (units.length === 0 && inside !== null && others.length === 0) {
    units.push(inside[1] ?? '');
    words[at] = inside[2] ?? '';
  }
  const [only] = units;
  const house = words[0] ?? '';
  const front = others.map(({ name, id }) => `${name} ${id}`).sort();
  if (only !== undefined && units.length === 1 && HOUSE.test(house) && !house.includes('/')) {
    return [...front, `${only}/${house}`, ...words.slice(1)];
  }
  return [...front, ...units.map((id) => `unit ${id}`), ...words];
}
