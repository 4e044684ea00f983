import { parsePhoneNumberFromString } from 'libphonenumber-js/min';
import { foldText, settled } from './fold-text.ts';
import { withoutMarks } from './invisible-marks.ts';

/** Where the people are whose numbers are written without a country. */
export const PHONE_REGIONS = ['AU', 'NZ', 'US', 'CA'] as const;
export type PhoneRegion = (typeof PHONE_REGIONS)[number];

/** An entry as it is sent: without invisible marks, `tel:` and separators behind it, with single blanks, otherwise as written. */
export function cleanPhone(entry: string): string {
  return settled(withoutMarks(entry), (text) =>
    text
      .replace(/\s+/gu, ' ')
      .trim()
      .replace(/^tel:(?:\/\/)?/i, '')
      .replace(/[\s,;]+$/u, ''),
  );
}

/** Whether an entry can be a phone number at all: one without a figure can't. */
export function isPhone(entry: string): boolean {
  return /\p{Nd}/u.test(entry);
}

/**
 * A number for comparing: as it is dialled from anywhere, with its extension, where it tells its country or can be of one only; else
 * its figures as written. `region` is where it was written, where that is known. Never what is sent.
 */
export function comparePhone(entry: string, region?: PhoneRegion): string {
  return settled(entry, (text) => comparedPhone(foldText(cleanPhone(text)), region));
}

function comparedPhone(text: string, region: PhoneRegion | undefined): string {
  const regions = region === undefined ? regionsOf(text) : [region];
  const known = new Set<string>();
  for (const defaultCountry of regions) {
    const parsed = parsePhoneNumberFromString(text, { defaultCountry, extract: false });
    if (parsed?.isValid() !== true) continue;
    known.add(parsed.ext === undefined ? parsed.number : `${parsed.number} x${parsed.ext}`);
  }
  const [only] = known;
  return only !== undefined && known.size === 1 ? only : text.replace(/[^\p{L}\p{N}+#*,;]+/gu, '');
}

/** One that tells its country is the same from wherever it is dialled. */
function regionsOf(text: string): readonly PhoneRegion[] {
  return text.startsWith('+')
    ? PHONE_REGIONS.slice(0, 1)
    : PHONE_REGIONS.filter((some) => mayBeOf(some, text));
}

/** How people write a number for their own country: with a 0 before it, or without; the special ones begin with a 1. */
function mayBeOf(region: PhoneRegion, text: string): boolean {
  const first = /[\d+]/.exec(text)?.[0];
  if (first === '+' || first === '0' || first === '1') return true;
  return region === 'US' || region === 'CA';
}
