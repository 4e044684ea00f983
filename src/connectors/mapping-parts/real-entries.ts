import { cleanEmail, compareEmail, isEmail } from '../../domain/canonical/email-address.ts';
import { cleanPhone, comparePhone, isPhone } from '../../domain/canonical/phone-number.ts';
import type { DraftRemark } from '../../domain/mapping.ts';

/** As many as say all that there is to say. */
const MOST_REMARKS = 5;
const SHOWN_LENGTH = 60;

/** The entry of a list that is sent, as it is sent, and what stood before it and can't be one. */
export interface ChosenEntry {
  /** Empty where no entry will do. */
  readonly value: string;
  readonly remarks: readonly DraftRemark[];
}

/** The entries of a list that are sent, as they are sent, each once in Zena's order, and what can't be one. */
export interface RealEntries {
  readonly values: readonly string[];
  readonly remarks: readonly DraftRemark[];
}

interface Kind {
  readonly clean: (entry: string) => string;
  readonly isOne: (entry: string) => boolean;
  readonly compare: (entry: string) => string;
  readonly code: DraftRemark['code'];
  readonly noun: string;
}

const EMAIL: Kind = {
  clean: cleanEmail,
  isOne: isEmail,
  compare: compareEmail,
  code: 'no_email',
  noun: 'e-mail',
};
const PHONE: Kind = {
  clean: cleanPhone,
  isOne: isPhone,
  compare: comparePhone,
  code: 'no_phone',
  noun: 'phone number',
};

/** The first entry that is an e-mail; blank ones say nothing, others are left out with a remark. `field` is the CRM's name. */
export function firstEmail(entries: readonly string[], field: string): ChosenEntry {
  return firstOf(entries, field, EMAIL);
}

/** The first entry that has a figure. */
export function firstPhone(entries: readonly string[], field: string): ChosenEntry {
  return firstOf(entries, field, PHONE);
}

/** All entries that are e-mails. */
export function realEmails(entries: readonly string[], field: string): RealEntries {
  return allOf(entries, field, EMAIL);
}

/** All entries that have a figure. */
export function realPhones(entries: readonly string[], field: string): RealEntries {
  return allOf(entries, field, PHONE);
}

function firstOf(entries: readonly string[], field: string, kind: Kind): ChosenEntry {
  const at = entries.findIndex((entry) => isReal(entry, kind));
  const { values, remarks } = allOf(at === -1 ? entries : entries.slice(0, at + 1), field, kind);
  return { value: values[0] ?? '', remarks };
}

function allOf(entries: readonly string[], field: string, kind: Kind): RealEntries {
  const values = new Map<string, string>();
  const passed: string[] = [];
  for (const entry of entries) {
    const value = kind.clean(entry);
    if (value === '') continue;
    if (!kind.isOne(value)) passed.push(shortened(value));
    else if (!values.has(kind.compare(value))) values.set(kind.compare(value), value);
  }
  const remarks = passed.slice(0, MOST_REMARKS).map((entry) => ({
    field,
    code: kind.code,
    detail: `Left out: "${entry}" is no ${kind.noun}.`,
  }));
  return { values: [...values.values()], remarks };
}

function isReal(entry: string, { clean, isOne }: Kind): boolean {
  const value = clean(entry);
  return value !== '' && isOne(value);
}

function shortened(value: string): string {
  const letters = [...value];
  return letters.length > SHOWN_LENGTH ? `${letters.slice(0, SHOWN_LENGTH).join('')}…` : value;
}
