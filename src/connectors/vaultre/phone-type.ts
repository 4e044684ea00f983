import { comparePhone, type PhoneRegion } from '../../domain/canonical/phone-number.ts';

/** `M` for a mobile of Australia or New Zealand, else `H`: Zena doesn't say what a number is of. */
export function phoneType(number: string): 'M' | 'H' {
  return /^\+(?:614|642)|^04\d{8}$/.test(comparePhone(number)) ? 'M' : 'H';
}

/** Where VaultRE's agencies are. */
const REGIONS: readonly PhoneRegion[] = ['AU', 'NZ'];

/** Whether two writings can be one number of one of the two countries. */
export function isSamePhone(one: string, other: string): boolean {
  return (
    comparePhone(one) === comparePhone(other) ||
    REGIONS.some((region) => {
      const number = comparePhone(one, region);
      return number.startsWith('+') && number === comparePhone(other, region);
    })
  );
}
