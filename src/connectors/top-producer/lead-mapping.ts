import { compareEmail, isEmail } from '../../domain/canonical/email-address.ts';
import { cleanName } from '../../domain/canonical/person-name.ts';
import { comparePhone } from '../../domain/canonical/phone-number.ts';
import { visibleText } from '../../domain/canonical/invisible-marks.ts';
import type { IsPlaceholder } from '../../domain/canonical/placeholder-emails.ts';
import { naturalKeyHash, textHash } from '../../domain/content-hash.ts';
import type { Contact, EntityBody } from '../../domain/entity.ts';
import type { DraftRefusal, DraftRemark, KindMapping, MappingContext } from '../../domain/mapping.ts';
import type { CrmFields, NaturalKey } from '../../domain/remote-record.ts';
import { realNotes } from '../mapping-parts/note-lines.ts';
import { firstEmail, firstPhone } from '../mapping-parts/real-entries.ts';

/** What a mail's content may come to: far below what a server takes. */
const LONGEST_MESSAGE = 100_000;

/** Values of `lead_type` that are known; another role is a tag. */
const LEAD_TYPES: Readonly<Record<string, string>> = { buyer: 'Buyer', vendor: 'Seller' };

/** Contacts as leads. */
export function leadMapping(isPlaceholder: IsPlaceholder): KindMapping {
  return {
    sharings: { reference: 'first_only' },
    factsFor: () => ['updates'],
    refusals: (body, context) => leadRefusals(contactOf(body), context),
    fields: (body, context) => leadFields(contactOf(body), context),
    keys: (fields) => leadKeys(fields, isPlaceholder),
    remarks: (body) => leadRemarks(contactOf(body)),
  };
}

function contactOf(body: EntityBody): Contact {
  if (body.kind !== 'contact') throw new TypeError('A lead is made of a contact');
  return body.contact;
}

function leadFields(contact: Contact, { self }: MappingContext): CrmFields {
  const role = visibleText(contact.role).trim();
  const type = LEAD_TYPES[role.toLowerCase()];
  return {
    name: cleanName(contact.name),
    email: firstEmail(contact.emails, 'email').value,
    phone: firstPhone(contact.phones, 'phone').value,
    type: type ?? '',
    tag: type !== undefined || role.toLowerCase() === 'other' ? '' : role,
    message: realNotes(contact.relationshipNotes).join(' | ').slice(0, LONGEST_MESSAGE),
    // Names the record for good, and tells nobody what Zena calls it.
    reference: self === undefined ? null : `zena-${textHash(self)}`,
  };
}

function leadRefusals(contact: Contact, { facts }: MappingContext): readonly DraftRefusal[] {
  const refusals: DraftRefusal[] = [];
  const isReachable =
    firstEmail(contact.emails, 'email').value !== '' || firstPhone(contact.phones, 'phone').value !== '';
  if (!isReachable)
    refusals.push({
      field: 'email',
      code: 'EMAIL_OR_PHONE_REQUIRED',
      detail: 'A lead needs an e-mail address or a phone number. Give this contact one in Zena.',
      only: 'create',
    });
  const ways = contact.doNotContact ?? [];
  if (ways.length > 0)
    refusals.push({
      field: 'doNotContact',
      code: 'OPTED_OUT',
      detail: `Wants no contact by ${ways.join(', ')}. A lead e-mail can’t say so, and Top Producer may write to new leads by itself: it is not sent.`,
      only: 'create',
    });
  if (facts?.get('updates') !== true || ways.length > 0)
    refusals.push({
      field: 'name',
      code: 'SENT_ONCE',
      detail: 'A lead e-mail is sent once, as this connection is set.',
      only: 'update',
    });
  return refusals;
}

function leadRemarks(contact: Contact): readonly DraftRemark[] {
  return [...firstEmail(contact.emails, 'email').remarks, ...firstPhone(contact.phones, 'phone').remarks];
}

/** Nothing can be looked for there: two of Zena's with the same e-mail are one lead all the same. */
function leadKeys(fields: CrmFields, isPlaceholder: IsPlaceholder): readonly NaturalKey[] {
  const { email, phone } = fields;
  if (typeof email === 'string' && isEmail(email) && !isPlaceholder(email)) {
    const hash = naturalKeyHash('contact', compareEmail(email));
    return [{ kind: 'contact', strength: 'good', value: { email }, hash, formerHashes: [] }];
  }
  if (typeof phone !== 'string' || phone === '') return [];
  const hash = naturalKeyHash('contact', 'phone', comparePhone(phone));
  return [{ kind: 'contact', strength: 'needs_agreement', value: { phone }, hash, formerHashes: [] }];
}
