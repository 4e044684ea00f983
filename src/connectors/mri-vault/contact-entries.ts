import { cleanEmail, isEmail } from '../../domain/canonical/email-address.ts';
import { cleanPhone, isPhone } from '../../domain/canonical/phone-number.ts';
import type { DraftRemark } from '../../domain/mapping.ts';

/** The entry of a list that is sent, as it is sent, and what stood before it and can't be one. */
export interface ChosenEntry {
  /** Empty where no entry will do. */
  readonly value: string;
  readonly remarks: readonly DraftRemark[];
}

/** As many as say all that there is to say. */
const MOST_REMARKS = 5;
const SHOWN_LENGTH = 60;

/** The first entry that is an e-mail; blank ones say nothing, others are left out with a remark. */
export function chooseEmail(entries: readonly string[]): ChosenEntry {
  return choose(entries, cleanEmail, isEmail, (entry) => ({
    field: 'email',
    code: 'no_email',
    detail: `Left out: "${entry}" is no e-mail.`,
  }));
}

/** The first entry that has a figure. */
export function choosePhone(entries: readonly string[]): ChosenEntry {
  return choose(entries, cleanPhone, isPhone, (entry) => ({
    field: 'phone',
    code: 'no_phone',
    detail: `Left out: "${entry}" is no phone number.`,
  }));
}

function choose(
  entries: readonly string[],
  clean: (entry: string) => string,
  isOne: (entry: string) => boolean,
  remarkOn: (entry: string) => DraftRemark,
): ChosenEntry {
  const passed: string[] = [];
  for (const entry of entries) {
    const value = clean(entry);
    if (value === '') continue;
    if (isOne(value)) return { value, remarks: passed.map(remarkOn) };
    if (passed.length < MOST_REMARKS) passed.push(shortened(value));
  }
  return { value: '', remarks: passed.map(remarkOn) };
}

function shortened(value: string): string {
  const letters = [...value];
  return letters.length > SHOWN_LENGTH ? `${letters.slice(0, SHOWN_LENGTH).join('')}…` : value;
}
