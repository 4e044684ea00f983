import { compareAddress, unaccentedAddress } from './street-address.ts';
import { longType, shortType } from './street-words.ts';

/** Longer than any address. */
const LONGEST = 1_000;

/** `Unit 5, 14`, `U5/14`, `Flat 5/14`: what most people write as `5/14`. */
const UNIT_IN_FRONT = /^(?:unit|u|apartment|apt|flat)\s*(?:no\.?\s*)?(\d+[a-z]?)\s*(?:,|\/|\s)\s*(?=\d)/iu;

/**
 * An address as people most commonly write it in full: `12 RISK RD` is `12 Risk Road`, `Unit 5, 14 Ocean St` is `5/14 Ocean Street`, without
 * accents. For asking a CRM that compares to the letter; never what is sent into it.
 */
export function fullAddress(address: string): string {
  const even = evenAddress(address).replace(UNIT_IN_FRONT, '$1/');
  return sameOr(address, withStreetType(even, longType));
}

/** The same with the usual short form of its street's type: `12 Risk Rd`. */
export function shortAddress(address: string): string {
  return sameOr(address, withStreetType(fullAddress(address), shortType));
}

/** A form that could be another place's is none of this one. */
function sameOr(address: string, form: string): string {
  return compareAddress(form) === compareAddress(address) ? form : address;
}

function evenAddress(address: string): string {
  const plain = unaccentedAddress(address).slice(0, LONGEST).replace(/\s+/gu, ' ');
  const hasBoth = /\p{Lu}/u.test(plain.replace(/\b\p{Lu}+\b/gu, '')) || /\p{Ll}/u.test(plain);
  return hasBoth && /\p{Lu}/u.test(plain) ? plain : capitalised(plain);
}

/** In capitals, or in none: with a capital before each word; states and the letters behind a number stay as people write them. */
function capitalised(text: string): string {
  return text
    .toLowerCase()
    .replace(/(?<![\p{L}\p{N}'])\p{L}/gu, (letter) => letter.toUpperCase())
    .replace(/(?<=\d)\p{Ll}(?!\p{L})/gu, (letter) => letter.toUpperCase())
    .replace(STATES, (state) => state.toUpperCase());
}

const STATES = /(?<=\s)(?:Nsw|Qld|Vic|Tas|Wa|Sa|Act|Nt)(?=\s+\d{4}$|$)/gu;

/** Writes what says which kind of street it is in another form: the last such word before the comma, behind a name. */
function withStreetType(text: string, formOf: (word: string) => string | null): string {
  const [street = '', ...rest] = text.split(/(?=,)/u);
  const words = street.split(' ');
  const found = words.map((word, index) => (index < 2 ? null : otherForm(word, formOf)));
  const places = found.flatMap((form, index) => (form === null ? [] : [index]));
  // Without a comma a town may stand behind it, which may be a saint's: `12 Beach Rd St Kilda`.
  const at = places.find((index) => !isSaint(words, index, places)) ?? -1;
  return at < 0 ? text : [words.with(at, found[at] ?? '').join(' '), ...rest].join('');
}

function otherForm(word: string, formOf: (word: string) => string | null): string | null {
  const bare = word.replace(/\.$/u, '');
  const form = formOf(bare.toLowerCase());
  return form === null || !/^\p{Lu}?\p{Ll}*$/u.test(bare)
    ? null
    : /^\p{Lu}/u.test(bare)
      ? form.charAt(0).toUpperCase() + form.slice(1)
      : form;
}

function isSaint(words: readonly string[], index: number, places: readonly number[]): boolean {
  return /^st\.?$/iu.test(words[index] ?? '') && places.some((other) => other > index);
}
