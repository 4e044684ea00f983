/**
 * How keys were compared before there were canonical forms. Links and intents of older stores hold hashes of these: nothing new is
 * compared by them.
 */

export function formerEmail(email: string): string {
  return email.replace(/\s+/g, '').normalize('NFC').toLowerCase().normalize('NFC');
}

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

export function formerAddress(address: string): string {
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

export function formerWord(text: string): string {
  return text.normalize('NFC').trim().replace(/\s+/g, ' ').toLowerCase();
}
