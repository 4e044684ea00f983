import { compareWord } from '../../domain/canonical/compare-word.ts';
import type { Contact, EntityBody } from '../../domain/entity.ts';
import type { Json } from '../../domain/json.ts';
import type { DraftRemark, KindMapping, MappingContext } from '../../domain/mapping.ts';
import type { IsPlaceholder } from '../../domain/canonical/placeholder-emails.ts';
import type { CrmFields } from '../../domain/remote-record.ts';
import { realNotes } from '../mapping-parts/note-lines.ts';
import { optOutsOf } from '../mapping-parts/opt-outs.ts';
import { realEmails, realPhones } from '../mapping-parts/real-entries.ts';
import { splitName } from '../mapping-parts/split-name.ts';
import { contactKeys } from './contact-keys.ts';
import type { HeldId } from './exact-ids.ts';
import { phoneType } from './phone-type.ts';
import { isObject, textIn } from './vaultre-answers.ts';
import { CATEGORIES_FACT } from './vaultre-facts.ts';

/** A contact of Zena's in VaultRE's words. */
export function contactMapping(isPlaceholder: IsPlaceholder): KindMapping {
  return {
    sharings: {
      emails: { member: null, as: 'email' },
      phoneNumbers: { member: 'number', as: 'phone' },
      onDoNotCallList: 'set_only',
      unsubscribe: 'set_only',
      categories: 'references',
      notes: 'appended',
    },
    factsFor: (body) => (contactOf(body)?.role.trim() === '' ? [] : [CATEGORIES_FACT]),
    fields(body, context) {
      const contact = contactOf(body);
      return contact === null ? {} : contactFields(contact, context);
    },
    keys: (fields) => contactKeys(fields, isPlaceholder),
    remarks(body, context) {
      const contact = contactOf(body);
      return contact === null ? [] : contactRemarks(contact, context);
    },
  };
}

function contactOf(body: EntityBody): Contact | null {
  return body.kind === 'contact' ? body.contact : null;
}

function contactFields(contact: Contact, context: MappingContext): CrmFields {
  const { firstName, lastName } = splitName(contact.name);
  const optOuts = optOutsOf(contact);
  const category = categoryFor(contact.role, context);
  return {
    firstName,
    lastName,
    emails: realEmails(contact.emails, 'emails').values,
    phoneNumbers: realPhones(contact.phones, 'phoneNumbers').values.map((number) => ({
      number,
      typeCode: phoneType(number),
    })),
    onDoNotCallList: optOuts.phone,
    unsubscribe: { email: optOuts.email, sms: optOuts.sms, letters: optOuts.post },
    categories: category === null ? [] : [category],
    notes: realNotes(contact.relationshipNotes),
  };
}

function contactRemarks(contact: Contact, context: MappingContext): readonly DraftRemark[] {
  const { role } = contact;
  const isUnknown = role.trim() !== '' && categoryFor(role, context) === null;
  return [
    ...realEmails(contact.emails, 'emails').remarks,
    ...realPhones(contact.phones, 'phoneNumbers').remarks,
    ...(isUnknown
      ? [
          {
            field: 'categories',
            code: 'not_carried' as const,
            detail: `Not filed: VaultRE has no contact category "${role}". Made there, it is used.`,
          },
        ]
      : []),
  ];
}

/** The id of the category that is called as the role, also in the plural; null: there is none, and none is made. */
function categoryFor(role: string, { facts }: MappingContext): HeldId | null {
  const word = compareWord(role);
  if (word === '') return null;
  const known = facts?.get(CATEGORIES_FACT) ?? null;
  const categories = Array.isArray(known) ? (known as readonly Json[]) : [];
  const called = (name: string): Json | undefined =>
    categories.find((category) => compareWord(textIn(category, 'name')) === name);
  const found = called(word) ?? called(`${word}s`);
  const id = isObject(found) ? found['id'] : null;
  return typeof id === 'number' || typeof id === 'string' ? id : null;
}
