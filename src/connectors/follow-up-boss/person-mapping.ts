import { compareEmail, isEmail, readableEmail } from '../../domain/canonical/email-address.ts';
import { compareName } from '../../domain/canonical/person-name.ts';
import { comparePhone } from '../../domain/canonical/phone-number.ts';
import { visibleText } from '../../domain/canonical/invisible-marks.ts';
import type { IsPlaceholder } from '../../domain/canonical/placeholder-emails.ts';
import { naturalKeyHash } from '../../domain/content-hash.ts';
import type { Contact, EntityBody } from '../../domain/entity.ts';
import type { DraftRemark, FieldSharings, KindMapping, MappingContext } from '../../domain/mapping.ts';
import type { CrmFields, NaturalKey, SoughtKey } from '../../domain/remote-record.ts';
import { realNotes } from '../mapping-parts/note-lines.ts';
import { realEmails, realPhones } from '../mapping-parts/real-entries.ts';
import { splitName } from '../mapping-parts/split-name.ts';
import { readObjects, readText, sentId } from './wire.ts';

/** The part that notes are. */
export const NOTES = 'notes';

const SHARINGS: FieldSharings = {
  emails: { member: 'value', as: 'email' },
  phones: { member: 'value', as: 'phone' },
  tags: { member: null, as: 'text' },
  [NOTES]: 'appended',
  assignedUserId: 'first_only',
};

/** What Zena's roles are tagged with: the tag Seller is what marks one there, and whoever hasn't it is taken for a buyer. */
const ROLE_TAGS: Readonly<Record<string, string>> = {
  buyer: 'Buyer',
  vendor: 'Seller',
  market: 'Market',
  tradesperson: 'Tradesperson',
  agent: 'Agent',
  other: '',
};

/** Contacts as people of Follow Up Boss. */
export function personMapping(isPlaceholder: IsPlaceholder): KindMapping {
  return {
    sharings: SHARINGS,
    factsFor: () => ['owner'],
    fields: (body, context) => personFields(contactOf(body), context),
    keys: (fields) => personKeys(fields, isPlaceholder),
    remarks: (body) => personRemarks(contactOf(body)),
  };
}

function contactOf(body: EntityBody): Contact {
  if (body.kind !== 'contact') throw new TypeError('A person is made of a contact');
  return body.contact;
}

function personFields(contact: Contact, { facts }: MappingContext): CrmFields {
  const { firstName, lastName } = splitName(contact.name);
  const owner = facts?.get('owner');
  return {
    firstName,
    lastName,
    emails: realEmails(contact.emails, 'emails').values.map((value) => ({ value })),
    phones: realPhones(contact.phones, 'phones').values.map((value) => ({ value })),
    tags: roleTags(contact.role),
    [NOTES]: [...realNotes(contact.relationshipNotes)],
    assignedUserId: typeof owner === 'string' ? sentId(owner) : null,
  };
}

/** A role that Zena has no word for is its own tag. */
function roleTags(role: string): string[] {
  const word = visibleText(role).trim();
  const tag = ROLE_TAGS[word.toLowerCase()] ?? word;
  return tag === '' ? [] : [tag];
}

function personRemarks(contact: Contact): readonly DraftRemark[] {
  return [
    ...realEmails(contact.emails, 'emails').remarks,
    ...realPhones(contact.phones, 'phones').remarks,
    ...((contact.doNotContact ?? []).length === 0 ? [] : [notCarried(contact.doNotContact ?? [])]),
  ];
}

function notCarried(ways: readonly string[]): DraftRemark {
  return {
    field: 'doNotContact',
    code: 'not_carried',
    detail: `Not sent: wants no contact by ${ways.join(', ')}. Follow Up Boss has no field for it.`,
  };
}

/** The first e-mail that is one person's alone; where there is none, the first phone, of whoever has the same name. */
function personKeys(fields: CrmFields, isPlaceholder: IsPlaceholder): readonly NaturalKey[] {
  const email = valuesIn(fields, 'emails', 'email').find((value) => isEmail(value) && !isPlaceholder(value));
  if (email !== undefined) {
    const hash = naturalKeyHash('contact', compareEmail(email));
    return [{ kind: 'contact', strength: 'good', value: { email }, hash, formerHashes: [] }];
  }
  const [phone] = valuesIn(fields, 'phones', 'phone');
  if (phone === undefined) return [];
  const hash = naturalKeyHash('contact', 'phone', comparePhone(phone));
  return [{ kind: 'contact', strength: 'needs_agreement', value: { phone }, hash, formerHashes: [] }];
}

/** Of mapped fields, or of a key's own value. Not those of relationships: they are somebody else's. */
function valuesIn(fields: CrmFields, list: string, single: string): string[] {
  const one = readText(fields[single]).trim();
  if (one !== '') return [one];
  return readObjects(fields[list])
    .filter(({ relationshipId }) => relationshipId === undefined)
    .map(({ value }) => readText(value).trim())
    .filter((value) => value !== '');
}

/** A person's own e-mails. */
export function emailsOf(fields: CrmFields): readonly string[] {
  return valuesIn(fields, 'emails', 'email');
}

/** Whether two are called the same. */
export function isSamePerson(found: CrmFields, draft: CrmFields): boolean {
  const name = (of: CrmFields): string =>
    compareName(`${readText(of['firstName'])} ${readText(of['lastName'])}`);
  return name(draft) !== '' && name(found) === name(draft);
}

/** Whether two have an e-mail in common. */
export function sharesEmail(found: CrmFields, draft: CrmFields): boolean {
  const known = new Set(valuesIn(found, 'emails', 'email').map(compareEmail));
  return valuesIn(draft, 'emails', 'email').some((email) => known.has(compareEmail(email)));
}

/** Whether a found person has what was looked for as their own, however it is written. */
export function hasKey(fields: CrmFields, { value }: SoughtKey): boolean {
  const { email, phone } = value;
  if (email !== undefined) return sharesEmail(fields, { email });
  return valuesIn(fields, 'phones', 'phone').some((held) => isSamePhone(held, phone ?? ''));
}

/** The same of anybody who is mentioned with a person: their relationships, too. */
export function mentionsKey(fields: CrmFields, key: SoughtKey): boolean {
  const own = (list: string): CrmFields[string] =>
    readObjects(fields[list]).map(({ value = '' }) => ({ value }));
  return hasKey({ emails: own('emails'), phones: own('phones') }, key);
}

function isSamePhone(one: string, other: string): boolean {
  const figures = (text: string): string => text.replace(/\D/g, '').replace(/^1(?=\d{10}$)/, '');
  return (
    comparePhone(one) === comparePhone(other) || (figures(one) !== '' && figures(one) === figures(other))
  );
}

/** What is asked for: the value as it is and, where that finds nothing, once more as people would write it most commonly. */
export function searchesFor({ value }: SoughtKey): readonly Readonly<Record<string, string>>[] {
  const { email, phone } = value;
  const asGiven = (email ?? phone ?? '').trim();
  const forms =
    email === undefined
      ? [asGiven, asGiven.replace(/\D/g, '')]
      : [asGiven, compareEmail(email), readableEmail(email)];
  const name = email === undefined ? 'phone' : 'email';
  return [...new Set(forms)].slice(0, 2).map((form) => ({ [name]: form }));
}
