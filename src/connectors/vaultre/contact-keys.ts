import { compareEmail, isEmail } from '../../domain/canonical/email-address.ts';
import { comparePhone, isPhone } from '../../domain/canonical/phone-number.ts';
import type { IsPlaceholder } from '../../domain/canonical/placeholder-emails.ts';
import { naturalKeyHash } from '../../domain/content-hash.ts';
import type { Json } from '../../domain/json.ts';
import type { CrmFields, NaturalKey } from '../../domain/remote-record.ts';
import { isSameName } from '../mapping-parts/split-name.ts';
import { listIn, textIn } from './vaultre-answers.ts';

/** By its first e-mail, then by its first phone, which is one only where the name agrees. Also of a key's own value. */
export function contactKeys(fields: CrmFields, isPlaceholder: IsPlaceholder): readonly NaturalKey[] {
  const email = textIn(fields, 'email') || firstText(emailsIn(fields));
  const phone = textIn(fields, 'phone') || firstText(phonesIn(fields));
  return [
    ...(isEmail(email) && !isPlaceholder(email) ? [emailKey(email)] : []),
    ...(isPhone(phone) ? [phoneKey(phone)] : []),
  ];
}

function emailKey(email: string): NaturalKey {
  const hash = naturalKeyHash('contact', compareEmail(email));
  return { kind: 'contact', strength: 'good', value: { email }, hash, formerHashes: [] };
}

function phoneKey(phone: string): NaturalKey {
  const hash = naturalKeyHash('contact', 'phone', comparePhone(phone));
  return { kind: 'contact', strength: 'needs_agreement', value: { phone }, hash, formerHashes: [] };
}

/** Whether a contact that has the phone is the one that is meant. */
export function hasSameName(found: CrmFields, draft: CrmFields): boolean {
  return isSameName(nameIn(found), nameIn(draft));
}

function nameIn(fields: CrmFields): { readonly firstName: string; readonly lastName: string } {
  return { firstName: textIn(fields, 'firstName'), lastName: textIn(fields, 'lastName') };
}

export function emailsIn(fields: CrmFields): readonly string[] {
  return listIn(fields, 'emails').filter((email): email is string => typeof email === 'string');
}

export function phonesIn(fields: CrmFields): readonly string[] {
  return listIn(fields, 'phoneNumbers')
    .map((phone: Json) => textIn(phone, 'number'))
    .filter((number) => number !== '');
}

function firstText(texts: readonly string[]): string {
  return texts[0] ?? '';
}
