import { textHash } from './content-hash.ts';

/** An e-mail for comparing: trimmed, lower case, composed Unicode. Never what is sent. */
export function normaliseEmail(email: string): string {
  return email.replace(/\s+/g, '').normalize('NFC').toLowerCase().normalize('NFC');
}

/** Words of street addresses and the short form that stands for each when comparing. Australian and New Zealand usage. */
const SHORT_FORMS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    street: 'st',
    str: 'st',
    road: 'rd',
    avenue: 'ave',
    av: 'ave',
    drive: 'dr',
    drv: 'dr',
    place: 'pl',
    court: 'ct',
    crt: 'ct',
    crescent: 'cres',
    cr: 'cres',
    lane: 'ln',
    terrace: 'tce',
    terr: 'tce',
    parade: 'pde',
    highway: 'hwy',
    boulevard: 'blvd',
    bvd: 'blvd',
    close: 'cl',
    square: 'sq',
    circuit: 'cct',
    esplanade: 'esp',
    grove: 'gr',
    gve: 'gr',
    way: 'way',
    parkway: 'pkwy',
    mount: 'mt',
    saint: 'st',
    north: 'n',
    south: 's',
    east: 'e',
    west: 'w',
    apartment: 'unit',
    apt: 'unit',
    flat: 'unit',
    u: 'unit',
  }),
);

/**
 * A street address for comparing: lower case, composed Unicode, punctuation as white space, one space between words, the usual
 * words in their short form (Street = St). `5/12 High St` and `Unit 5, 12 High Street` are equal, the house of two numbers
 * `5-12 High St` is another one, with whichever dash. Never what is sent.
 */
export function normaliseAddress(address: string): string {
  const words = address
    .normalize('NFKC')
    .replace(/['’`]/g, '')
    .toLowerCase()
    .normalize('NFKC')
    .replace(/(?<=\p{N})\s*\p{Pd}\s*(?=\p{N})/gu, '-')
    .replace(/(?<!\p{N})-|-(?!\p{N})|[^\p{L}\p{N}\p{M}-]+/gu, ' ')
    .trim()
    .split(/ +/)
    .map((word) => SHORT_FORMS.get(word) ?? word);
  const first = words.findIndex((word) => word !== 'unit');
  return first === -1 ? '' : words.slice(first).join(' ');
}

/** A word for comparing: trimmed, lower case, single spaces. */
export function normaliseWord(text: string): string {
  return text.normalize('NFC').trim().replace(/\s+/g, ' ').toLowerCase();
}

/** Identifies a normalised key; the parts can't run into each other. */
export function naturalKeyHash(kind: string, ...parts: readonly string[]): string {
  return textHash(JSON.stringify([kind, ...parts]));
}
