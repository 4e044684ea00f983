import { comparePhone } from '../../domain/canonical/phone-number.ts';

/** `M` for a mobile of Australia or New Zealand, else `H`: Zena doesn't say what a number is of. */
export function phoneType(number: string): 'M' | 'H' {
  return /^\+(?:614|642)|^04\d{8}$/.test(comparePhone(number)) ? 'M' : 'H';
}
